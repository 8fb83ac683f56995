package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;

import dev.offstage.job.Enqueued;
import dev.offstage.job.JobState;
import dev.offstage.job.NewJob;

/** Stores jobs that must not be there already. */
final class UniqueKeys {

    /** A trigger frees the key when the job ends, or is removed. */
    private static final String INSERT = """
            with new_job as materialized (
                select ?::uuid as id, ?::text as type, ?::text as key, ?::jsonb as payload, ?::text as state,
                       ?::timestamptz as created_at, ?::timestamptz as due_at, ?::timestamptz as publish_at,
                       ?::text as traceparent, ?::text as unique_key
            ), held as (
                insert into unique_job (type, unique_key, job_id) select type, unique_key, id from new_job
                on conflict do nothing returning job_id
            ), outboxed as (
                insert into outbox (id, publish_at, jobs) select job_id, publish_at, array[job_id] from held, new_job
            )
            insert into job (id, type, key, payload, state, attempt, created_at, due_at, traceparent, unique_key)
            select id, type, key, payload, state, 1, created_at, due_at, traceparent, unique_key
            from new_job where id in (select job_id from held)
            """;
    private static final String FIND = """
            select job.id, state from unique_job join job on job.id = job_id
            where unique_job.type = ? and unique_job.unique_key = ?
            """;

    /** The job that has the key may end after the insert has failed and before it is looked up. Then the insert is tried again. */
    private static final int MOST_TRIES = 10;

    private UniqueKeys() {
    }

    static boolean hasOne(NewJob job) {
        return job.uniqueKey() != null;
    }

    /**
     * The places in the list of the jobs that have a unique key. Two calls with the same keys take them in the same order. Else call A could hold
     * key 1 and wait for key 2 while call B holds key 2 and waits for key 1.
     */
    static List<Integer> inOrder(List<NewJob> newJobs) {
        return IntStream.range(0, newJobs.size())
                .boxed()
                .filter(i -> hasOne(newJobs.get(i)))
                .sorted(Comparator.comparing((Integer i) -> newJobs.get(i).type())
                        .thenComparing(i -> newJobs.get(i).uniqueKey()))
                .toList();
    }

    /** The job that is open, if there is one; then nothing was inserted. */
    static Optional<Enqueued> insertUnlessOpen(Connection connection, OutboxJob job, String uniqueKey)
            throws SQLException {
        for (int i = 0; i < MOST_TRIES; i++) {
            if (insert(connection, job, uniqueKey)) {
                return Optional.empty();
            }
            Optional<Enqueued> other = find(connection, job.type(), uniqueKey);
            if (other.isPresent()) {
                return other;
            }
        }
        throw new SQLException("Jobs of the type " + job.type() + " and the unique key " + uniqueKey
                + " come and go faster than they can be looked at.", "40001");
    }

    private static boolean insert(Connection connection, OutboxJob job, String uniqueKey) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            insert.setObject(1, job.id());
            insert.setString(2, job.type());
            insert.setString(3, job.key());
            insert.setString(4, job.payload());
            insert.setString(5, job.state().label());
            insert.setObject(6, utc(job.createdAt()));
            insert.setObject(7, job.dueAt() == null ? null : utc(job.dueAt()));
            insert.setObject(8, utc(job.publishAt()));
            insert.setString(9, job.traceparent());
            insert.setString(10, uniqueKey);
            return insert.executeUpdate() == 1;
        }
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    private static Optional<Enqueued> find(Connection connection, String type, String uniqueKey) throws SQLException {
        try (PreparedStatement find = connection.prepareStatement(FIND)) {
            find.setString(1, type);
            find.setString(2, uniqueKey);
            try (ResultSet row = find.executeQuery()) {
                return row.next()
                        ? Optional.of(new Enqueued.Open(row.getObject(1, UUID.class), type,
                                JobState.of(row.getString(2)).orElseThrow()))
                        : Optional.empty();
            }
        }
    }
}
