package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;

import dev.offstage.job.JobState;
import dev.offstage.storage.SqlArrays;
import dev.offstage.storage.Transaction;

/** What the ledger does in PostgreSQL when attempts end, many at a time. */
@ApplicationScoped
class Settlements {

    /**
     * Also takes a job from its queue. Example: PostgreSQL crashes and forgets a claim, which did not wait for the disk. The handler returns;
     * the row says queued, and no other worker has claimed it. It is completed, so that its work is not done again.
     */
    private static final String COMPLETE = """
            update job set state = 'completed', finished_at = s.at, worker = null, due_at = null
            from unnest(?::uuid[], ?::int[], ?::uuid[], ?::timestamptz[]) as s (id, attempt, worker, at)
            where job.id = s.id and job.attempt = s.attempt
              and (job.worker = s.worker and job.state = 'running' or job.state in ('queued', 'retrying'))
            returning job.id
            """;
    private static final String GIVE_BACK = """
            with back as (
                update job set state = 'queued', worker = null
                from unnest(?::uuid[], ?::int[], ?::uuid[], ?::timestamptz[]) as s (id, attempt, worker, publish_at)
                where job.id = s.id and job.attempt = s.attempt and job.worker = s.worker and job.state = 'running'
                returning job.id, s.publish_at
            ), outboxed as (
                insert into outbox (id, publish_at, jobs)
                select gen_random_uuid(), publish_at, array[id] from back
            )
            select id from back
            """;
    private static final String CANCEL = """
            update job set state = 'cancelled', finished_at = s.at, worker = null, due_at = null
            from unnest(?::uuid[], ?::int[], ?::uuid[], ?::timestamptz[]) as s (id, attempt, worker, at)
            where job.id = s.id and job.attempt = s.attempt and job.worker = s.worker and job.state = 'running'
            returning job.id
            """;
    private static final String FAIL = """
            with s as (
                select * from unnest(?::uuid[], ?::int[], ?::uuid[], ?::text[], ?::int[], ?::timestamptz[],
                                     ?::timestamptz[], ?::uuid[], ?::timestamptz[], ?::timestamptz[], ?::text[], ?::text[])
                    as s (id, attempt, worker, state, next_attempt, due_at,
                          publish_at, entry, started_at, failed_at, error_class, error_message)
            ), settled as (
                update job set state = s.state, attempt = s.next_attempt, due_at = s.due_at, worker = null,
                               finished_at = case when s.state = 'dead' then s.failed_at end
                from s
                where job.id = s.id and job.attempt = s.attempt and job.worker = s.worker and job.state = 'running'
                returning s.*
            ), outboxed as (
                insert into outbox (id, publish_at, jobs, dead_letters)
                select entry, publish_at, array[id], state = 'dead' from settled
            )
            insert into job_failure (job_id, attempt, started_at, failed_at, error_class, error_message)
            select id, attempt, started_at, failed_at, error_class, error_message from settled
            returning job_id
            """;

    /**
     * For the jobs that wait for the first death among others. After the jobs are locked, and in the same transaction, so that it sees
     * the jobs that wait for them by then (see {@link BatchRows}). What is locked belongs to a job that is being let go already.
     */
    private static final String MARK_DEATHS = """
            update batch_member set died = true
            from (select batch_id, batch_member.job_id
                  from batch_member join job_batch on job_batch.job_id = batch_id
                  where batch_member.job_id = any(?) and until_dead and not died
                  for update of batch_member skip locked) as member
            where batch_member.batch_id = member.batch_id and batch_member.job_id = member.job_id
            """;

    private static final String RESULTS = """
            insert into job_result (job_id, result) select * from unnest(?::uuid[], ?::jsonb[])
            """;

    private final JobStore store;

    Settlements(JobStore store) {
        this.store = store;
    }

    /** @return false for what another worker holds by now; as many answers as settlements, in their order */
    List<Boolean> settle(Connection connection, List<Settlement> settlements) throws SQLException {
        List<Settlement> withOutput = settlements.stream().filter(row -> !row.output().isNothing()).toList();
        boolean alone = withOutput.isEmpty() && settlements.stream().noneMatch(Settlement.Died.class::isInstance);
        Set<UUID> settled = alone
                ? end(connection, settlements)
                : endTogether(connection, settlements, withOutput);
        return settlements.stream().map(settlement -> settled.contains(settlement.claim().delivery().id())).toList();
    }

    /** In one transaction with the results, the jobs that follow, and the marks of dead members of batches. */
    private Set<UUID> endTogether(Connection connection, List<Settlement> settlements, List<Settlement> withOutput)
            throws SQLException {
        List<OutboxJob> stored = new ArrayList<>();
        Set<UUID> settled = Transaction.run(connection, () -> {
            Set<UUID> ended = end(connection, settlements);
            List<Settlement> held = withOutput.stream()
                    .filter(settlement -> ended.contains(settlement.claim().delivery().id()))
                    .toList();
            keepResults(connection, held.stream().filter(row -> row.output().result() != null).toList());
            storeFollowUps(connection, held.stream().flatMap(row -> row.output().jobs().stream()).toList(), stored);
            return ended;
        });
        store.committed(stored);
        return settled;
    }

    private void storeFollowUps(Connection connection, List<PreparedJobs> all, List<OutboxJob> stored)
            throws SQLException {
        Map<Boolean, List<PreparedJobs>> byBatch = all.stream()
                .collect(Collectors.partitioningBy(PreparedJobs::isBatch));
        if (!byBatch.get(false).isEmpty()) {
            store.store(connection, PreparedJobs.together(byBatch.get(false)), stored);
        }
        for (PreparedJobs batch : byBatch.get(true)) {
            store.store(connection, batch, stored);
        }
    }

    private static void keepResults(Connection connection, List<Settlement> rows) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        try (PreparedStatement keep = connection.prepareStatement(RESULTS)) {
            SqlArrays arrays = new SqlArrays(keep);
            arrays.add("uuid", rows, row -> row.claim().delivery().id());
            arrays.add("jsonb", rows, row -> row.output().result());
            keep.executeUpdate();
        }
    }

    /** @return the jobs that were still this worker's */
    private static Set<UUID> end(Connection connection, List<Settlement> settlements) throws SQLException {
        List<Settlement.Completed> completed = new ArrayList<>();
        List<Settlement.GivenBack> givenBack = new ArrayList<>();
        List<Settlement.Cancelled> cancelled = new ArrayList<>();
        List<FailedRow> failed = new ArrayList<>();
        for (Settlement settlement : Ledger.inLockingOrder(settlements, row -> row.claim().delivery().id())) {
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
            Set<UUID> all = fail(connection, failed);
            settled.addAll(all);
            markDeaths(connection, failed.stream()
                    .filter(row -> row.state() == JobState.DEAD)
                    .map(row -> row.claim().delivery().id())
                    .filter(all::contains)
                    .toArray());
        }
        return settled;
    }

    private static void markDeaths(Connection connection, Object[] dead) throws SQLException {
        if (dead.length == 0) {
            return;
        }
        try (PreparedStatement mark = connection.prepareStatement(MARK_DEATHS)) {
            mark.setArray(1, connection.createArrayOf("uuid", dead));
            mark.executeUpdate();
        }
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
            arrays.add("uuid", rows, FailedRow::entry);
            arrays.add("timestamptz", rows, row -> row.failure().startedAt());
            arrays.add("timestamptz", rows, row -> row.failure().failedAt());
            arrays.add("text", rows, row -> row.failure().errorClass());
            arrays.add("text", rows, row -> row.failure().errorMessage());
            return ids(fail);
        }
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

    /** The two ways to fail differ only in what the row becomes. */
    private record FailedRow(Claim claim, Failure failure, JobState state, int nextAttempt, Instant dueAt,
            Instant publishAt, UUID entry) {

        static FailedRow of(Settlement settlement) {
            int attempt = settlement.claim().delivery().attempt();
            if (settlement instanceof Settlement.Retried retried) {
                return new FailedRow(retried.claim(), retried.failure(), JobState.RETRYING, attempt + 1,
                        retried.dueAt(), retried.publishAt(), UUID.randomUUID());
            }
            Settlement.Died died = (Settlement.Died) settlement;
            return new FailedRow(died.claim(), died.failure(), JobState.DEAD, attempt, null, died.publishAt(),
                    died.entry());
        }
    }
}
