package dev.offstage.job;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;

import io.agroal.api.AgroalDataSource;

import dev.offstage.config.OffstageConfig;
import dev.offstage.health.Dependencies;
import dev.offstage.storage.GroupCommit;
import dev.offstage.storage.SqlArrays;

/**
 * Decides in PostgreSQL who runs which attempt and how it ended. A job's row holds the number of the attempt that
 * comes next, so a second delivery of a finished attempt finds no row to claim, whatever Kafka delivers.
 */
@ApplicationScoped
public class Ledger {

    /**
     * Waits for no disk: should PostgreSQL crash and forget a claim, the job waits in its queue as before, and
     * {@link #COMPLETE} takes it from there. Only a dead letter that came back is nowhere else.
     */
    private static final String CLAIM = """
            update job set state = 'running', attempt = c.attempt, worker = ?, started_at = ?,
                           due_at = null, finished_at = null, publish_at = null,
                           payload = coalesce(c.payload, job.payload)
            from unnest(?::uuid[], ?::text[], ?::int[], ?::timestamptz[], ?::jsonb[])
                as c (id, type, attempt, died_at, payload),
                set_config('synchronous_commit', ?, true)
            where job.id = c.id and job.type = c.type
              and (job.state in ('queued', 'retrying') and job.attempt = c.attempt and c.died_at is null
                   or job.state = 'running' and job.attempt = c.attempt and job.worker = ?
                   or job.state = 'dead' and job.finished_at = c.died_at)
            returning job.id, job.attempt, job.type, job.key
            """;
    private static final String ADOPT = """
            insert into job (id, type, key, payload, state, attempt, created_at, started_at, worker, traceparent)
            select id, type, key, payload, 'running', attempt, created_at, ?, ?, traceparent
            from unnest(?::uuid[], ?::text[], ?::text[], ?::jsonb[], ?::int[], ?::timestamptz[], ?::text[])
                as n (id, type, key, payload, attempt, created_at, traceparent)
            on conflict (id) do nothing
            returning id, attempt, type, key
            """;
    /** Also a job whose claim is forgotten, and that nobody else has claimed since: what is done need not be done again. */
    private static final String COMPLETE = """
            update job set state = 'completed', finished_at = s.at, worker = null, due_at = null, publish_at = null
            from unnest(?::uuid[], ?::int[], ?::uuid[], ?::timestamptz[]) as s (id, attempt, worker, at)
            where job.id = s.id and job.attempt = s.attempt
              and (job.worker = s.worker and job.state = 'running' or job.state in ('queued', 'retrying'))
            returning job.id
            """;
    private static final String GIVE_BACK = """
            update job set state = 'queued', worker = null, publish_at = s.publish_at
            from unnest(?::uuid[], ?::int[], ?::uuid[], ?::timestamptz[]) as s (id, attempt, worker, publish_at)
            where job.id = s.id and job.attempt = s.attempt and job.worker = s.worker and job.state = 'running'
            returning job.id
            """;
    private static final String CANCEL = """
            update job set state = 'cancelled', finished_at = s.at, worker = null, due_at = null, publish_at = null
            from unnest(?::uuid[], ?::int[], ?::uuid[], ?::timestamptz[]) as s (id, attempt, worker, at)
            where job.id = s.id and job.attempt = s.attempt and job.worker = s.worker and job.state = 'running'
            returning job.id
            """;
    private static final String FAIL = """
            with s as (
                select * from unnest(?::uuid[], ?::int[], ?::uuid[], ?::text[], ?::int[], ?::timestamptz[],
                                     ?::timestamptz[], ?::timestamptz[], ?::timestamptz[], ?::text[], ?::text[])
                    as s (id, attempt, worker, state, next_attempt, due_at,
                          publish_at, started_at, failed_at, error_class, error_message)
            ), settled as (
                update job set state = s.state, attempt = s.next_attempt, due_at = s.due_at, worker = null,
                               publish_at = s.publish_at,
                               finished_at = case when s.state = 'dead' then s.failed_at end
                from s
                where job.id = s.id and job.attempt = s.attempt and job.worker = s.worker and job.state = 'running'
                returning s.*
            )
            insert into job_failure (job_id, attempt, started_at, failed_at, error_class, error_message)
            select id, attempt, started_at, failed_at, error_class, error_message from settled
            returning job_id
            """;

    private final Clock clock;
    private final Worker worker;
    private final AttemptHistory history;
    private final GroupCommit<Delivery, Optional<Claim>> claims;
    private final GroupCommit<Settlement, Boolean> settlements;

    Ledger(AgroalDataSource dataSource, Worker worker, AttemptHistory history, OffstageConfig config, Clock clock,
            Dependencies dependencies) {
        this.history = history;
        this.clock = clock;
        this.worker = worker;
        int lanes = config.jobs().values().stream().mapToInt(OffstageConfig.Lane::concurrency).sum();
        this.claims = new GroupCommit<>("claims", GroupCommit.Terms.patient(lanes + 1), dataSource,
                dependencies.postgresql(), this::claim);
        this.settlements = new GroupCommit<>("settlements", GroupCommit.Terms.patient(lanes + 1), dataSource,
                dependencies.postgresql(),
                this::settle);
    }

    /**
     * Claims an attempt for this worker. A job that has no row yet, because another program wrote the record, gets one.
     *
     * @return empty if the attempt already ran, runs, or is not the job's next; waits while PostgreSQL cannot be reached
     */
    public CompletionStage<Optional<Claim>> claim(Delivery delivery) {
        return claims.submit(delivery);
    }

    /**
     * Records how an attempt ended; waits while PostgreSQL cannot be reached.
     *
     * @return false if the job is another worker's by now, or back in its queue after a failed attempt: then nothing was
     *         changed
     */
    public CompletionStage<Boolean> settle(Settlement settlement) {
        return settlements.submit(settlement).thenApply(settled -> {
            if (settled) {
                history.settled(settlement);
            }
            return settled;
        });
    }

    private List<Optional<Claim>> claim(Connection connection, List<Delivery> deliveries) throws SQLException {
        UUID self = worker.id();
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        List<Delivery> ordered = inLockingOrder(deliveries, Delivery::id);
        Map<AttemptId, Claimed> claimed = claimRows(connection, ordered, self, now);
        List<Delivery> missed = ordered.stream()
                .filter(delivery -> !claimed.containsKey(AttemptId.of(delivery)))
                .toList();
        if (!missed.isEmpty()) {
            claimed.putAll(adoptStrangers(connection, missed, self, now));
        }
        List<Optional<Claim>> answers = new ArrayList<>();
        for (Delivery delivery : deliveries) {
            // Of two deliveries of one attempt in a batch, the first gets the claim.
            Claimed row = claimed.get(AttemptId.of(delivery));
            if (row == null || !row.type.equals(delivery.type())) {
                answers.add(Optional.empty());
            } else {
                claimed.remove(AttemptId.of(delivery));
                answers.add(Optional.of(new Claim(delivery.withKey(row.key), self, now)));
            }
        }
        return answers;
    }

    /** Two processes that lock the same rows in one order wait for each other in turn, and not both at once. */
    private static <T> List<T> inLockingOrder(List<T> rows, Function<T, UUID> id) {
        return rows.stream().sorted(Comparator.comparing(id)).toList();
    }

    private static Map<AttemptId, Claimed> claimRows(Connection connection, List<Delivery> deliveries, UUID self,
            Instant now) throws SQLException {
        try (PreparedStatement claim = connection.prepareStatement(CLAIM)) {
            SqlArrays arrays = new SqlArrays(claim);
            arrays.add(self);
            arrays.addInstant(now);
            arrays.add("uuid", deliveries, Delivery::id);
            arrays.add("text", deliveries, Delivery::type);
            arrays.add("int4", deliveries, Delivery::attempt);
            arrays.add("timestamptz", deliveries, Delivery::diedAt);
            // Whoever sends a dead letter back may have mended its payload.
            arrays.add("jsonb", deliveries, delivery -> delivery.diedAt() == null ? null : delivery.payload());
            arrays.add(deliveries.stream().allMatch(delivery -> delivery.diedAt() == null) ? "off" : "on");
            arrays.add(self);
            return claimed(claim);
        }
    }

    /** Records of other programs have no row before they are claimed. Those that do have one are left alone. */
    private static Map<AttemptId, Claimed> adoptStrangers(Connection connection, List<Delivery> deliveries, UUID self,
            Instant now)
            throws SQLException {
        try (PreparedStatement adopt = connection.prepareStatement(ADOPT)) {
            SqlArrays arrays = new SqlArrays(adopt);
            arrays.addInstant(now);
            arrays.add(self);
            arrays.add("uuid", deliveries, Delivery::id);
            arrays.add("text", deliveries, Delivery::type);
            arrays.add("text", deliveries, Delivery::key);
            arrays.add("jsonb", deliveries, Delivery::payload);
            arrays.add("int4", deliveries, Delivery::attempt);
            arrays.add("timestamptz", deliveries, Delivery::createdAt);
            arrays.add("text", deliveries, Delivery::traceparent);
            return claimed(adopt);
        }
    }

    private List<Boolean> settle(Connection connection, List<Settlement> settlements) throws SQLException {
        List<Settlement.Completed> completed = new ArrayList<>();
        List<Settlement.GivenBack> givenBack = new ArrayList<>();
        List<Settlement.Cancelled> cancelled = new ArrayList<>();
        List<FailedRow> failed = new ArrayList<>();
        for (Settlement settlement : inLockingOrder(settlements, row -> row.claim().delivery().id())) {
            if (settlement instanceof Settlement.Completed done) {
                completed.add(done);
            } else if (settlement instanceof Settlement.GivenBack back) {
                givenBack.add(back);
            } else if (settlement instanceof Settlement.Cancelled end) {
                cancelled.add(end);
            } else {
                failed.add(FailedRow.of(settlement));
            }
        }
        Set<UUID> settled = new HashSet<>();
        if (!completed.isEmpty()) {
            settled.addAll(settle(connection, COMPLETE, completed, Settlement.Completed::at));
        }
        if (!givenBack.isEmpty()) {
            settled.addAll(settle(connection, GIVE_BACK, givenBack, Settlement.GivenBack::publishAt));
        }
        if (!cancelled.isEmpty()) {
            settled.addAll(settle(connection, CANCEL, cancelled, Settlement.Cancelled::at));
        }
        if (!failed.isEmpty()) {
            settled.addAll(fail(connection, failed));
        }
        return settlements.stream().map(settlement -> settled.contains(settlement.claim().delivery().id())).toList();
    }

    /** @param sql whose parameters are the ids, attempts and workers of the claims, and a time */
    private static <T extends Settlement> Set<UUID> settle(Connection connection, String sql, List<T> rows,
            Function<T, Instant> time) throws SQLException {
        try (PreparedStatement settle = connection.prepareStatement(sql)) {
            SqlArrays arrays = new SqlArrays(settle);
            arrays.add("uuid", rows, row -> row.claim().delivery().id());
            arrays.add("int4", rows, row -> row.claim().delivery().attempt());
            arrays.add("uuid", rows, row -> row.claim().worker());
            arrays.add("timestamptz", rows, time);
            return ids(settle);
        }
    }

    private static Set<UUID> fail(Connection connection, List<FailedRow> rows) throws SQLException {
        try (PreparedStatement fail = connection.prepareStatement(FAIL)) {
            SqlArrays arrays = new SqlArrays(fail);
            arrays.add("uuid", rows, row -> row.claim().delivery().id());
            arrays.add("int4", rows, row -> row.claim().delivery().attempt());
            arrays.add("uuid", rows, row -> row.claim().worker());
            arrays.add("text", rows, row -> row.state().label());
            arrays.add("int4", rows, FailedRow::nextAttempt);
            arrays.add("timestamptz", rows, FailedRow::dueAt);
            arrays.add("timestamptz", rows, FailedRow::publishAt);
            arrays.add("timestamptz", rows, row -> row.failure().startedAt());
            arrays.add("timestamptz", rows, row -> row.failure().failedAt());
            arrays.add("text", rows, row -> row.failure().errorClass());
            arrays.add("text", rows, row -> row.failure().errorMessage());
            return ids(fail);
        }
    }

    private static Map<AttemptId, Claimed> claimed(PreparedStatement statement) throws SQLException {
        Map<AttemptId, Claimed> claimed = new HashMap<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                claimed.put(new AttemptId(rows.getObject(1, UUID.class), rows.getInt(2)),
                        new Claimed(rows.getString(3), rows.getString(4)));
            }
        }
        return claimed;
    }

    private static Set<UUID> ids(PreparedStatement statement) throws SQLException {
        Set<UUID> ids = new HashSet<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                ids.add(rows.getObject(1, UUID.class));
            }
        }
        return ids;
    }

    @PreDestroy
    void close() {
        claims.close();
        settlements.close();
    }

    /** What the row of a claimed job says, whatever the record did: a dead letter may come back without its key. */
    private record Claimed(String type, String key) {}

    /** The two ways to fail differ only in what the row becomes. */
    private record FailedRow(Claim claim, Failure failure, JobState state, int nextAttempt, Instant dueAt,
            Instant publishAt) {

        static FailedRow of(Settlement settlement) {
            int attempt = settlement.claim().delivery().attempt();
            if (settlement instanceof Settlement.Retried retried) {
                return new FailedRow(retried.claim(), retried.failure(), JobState.RETRYING, attempt + 1,
                        retried.dueAt(), retried.publishAt());
            }
            Settlement.Died died = (Settlement.Died) settlement;
            return new FailedRow(died.claim(), died.failure(), JobState.DEAD, attempt, null, died.publishAt());
        }
    }
}
