package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.agroal.api.AgroalDataSource;

import dev.offstage.job.JobState;
import dev.offstage.storage.Engine;
import dev.offstage.storage.SqlArrays;
import dev.offstage.storage.Transaction;

/** The committed jobs that are due and not yet in Kafka. */
@ApplicationScoped
public class Outbox {

    static final String DUE = """
            select id, jobs, dead_letters from outbox where publish_at <= now()
            order by publish_at limit ? for update skip locked
            """;
    static final String SIZES = """
            select id, state, due_at is null or due_at <= now(), %s from job where id = any(?)
            """.formatted(Delivery.PAYLOAD_BYTES);
    static final String LEASE = """
            update outbox set publish_at = now() + make_interval(secs => ?) where id = any(?)
            """;
    /** What another transaction has locked is not waited for. */
    static final String QUEUE = """
            update job set state = 'queued' where id = any(array(
                select id from job where id = any(?) and state = 'scheduled' for update skip locked))
            """;
    static final String READ = """
            select job.id, type, key, payload, job.attempt, state, created_at, traceparent,
                   f.attempt as failed_attempt, f.started_at, f.failed_at, f.error_class, f.error_message
            from job left join lateral (
                select * from job_failure where job.state = 'dead' and job_id = job.id
                order by failed_at desc, attempt desc limit 1) as f on true
            where job.id = any(?)
            """;
    /** Need not reach the disk: what is forgotten is published again. An entry that a sweep holds at this moment is left to it. */
    static final String PUBLISHED = """
            delete from outbox using set_config('synchronous_commit', 'off', true)
            where id = any(array(select id from outbox where id = any(?) for update skip locked))
            """;
    /** In place of the entries in which they stood. */
    static final String RETURN = """
            with gone as (delete from outbox where id = any(?))
            insert into outbox (id, publish_at, jobs, dead_letters)
            select gen_random_uuid(), now() + make_interval(secs => ?), array[id], dead
            from unnest(?::uuid[], ?::boolean[]) as failed (id, dead)
            """;
    /** The next page of all jobs, and those of a type on it that were enqueued before an instant and wait for a worker. */
    static final String FORGOTTEN = """
            with page as materialized (
                select id, type, state, created_at, due_at from job where id > ? order by id limit ?
            ), forgotten as (
                select id from page
                where type = ? and (state = 'queued' and created_at < ? or state = 'retrying' and due_at < ?)
                  and id not in (select unnest(jobs) from outbox)
            ), again as (
                insert into outbox (id, publish_at, jobs)
                select gen_random_uuid(), now(), array[id] from forgotten
            )
            select (select count(*) from forgotten), (select count(*) from page),
                   (select id from page order by id desc limit 1), (select created_at from page order by id desc limit 1)
            """;
    static final String WAITING = """
            select distinct type from (
                select type, state, jobs from job_count union all select type, state, jobs from job_count_change) as counts
            where state in ('queued', 'retrying') and not exists (select from outbox where publish_at < now() - interval '1 second')
            group by type, state having sum(jobs) > 0
            """;

    /** Of payloads in one lease, give or take the last one, so that a backlog of large jobs fits into memory. */
    static final int MOST_BYTES = 8 * 1024 * 1024;

    /** Of jobs in one lease, give or take those of the last entry. */
    static final int MOST_JOBS = 1_000;

    /**
     * Entries that are this process's to publish, until their lease ends.
     *
     * @param skipped their jobs that another transaction has locked
     * @param more whether others are due, too
     */
    public record Lease(List<OutboxEntry> entries, List<OutboxJob> skipped, boolean more) {}

    /**
     * A page of jobs, among which were some that Kafka has lost.
     *
     * @param forgotten how many are due again
     * @param last the id of its last job; null after the end
     */
    public record Page(int forgotten, UUID last) {}

    private final AgroalDataSource dataSource;

    Outbox(@Engine AgroalDataSource dataSource) {
        this.dataSource = dataSource;
    }

    /**
     * Takes entries that are due, oldest first; other processes pass them over until the lease ends. An entry may be left with no job:
     * then none of its jobs needs a record any more.
     *
     * @param limit how many at most; fewer if they have many jobs or large payloads
     * @param time after which they are due again unless they were published
     */
    public Lease lease(int limit, Duration time) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            return Transaction.run(connection, () -> lease(connection, limit, time));
        }
    }

    /** In a transaction of its caller's. */
    static Lease lease(Connection connection, int limit, Duration time) throws SQLException {
        List<DueEntry> due = DueEntry.read(connection, limit, MOST_JOBS);
        if (due.isEmpty()) {
            return new Lease(List.of(), List.of(), false);
        }
        List<DueEntry> taken = DueEntry.upTo(MOST_BYTES, due);
        update(connection, LEASE, time, taken.stream().map(DueEntry::id).toList());
        List<UUID> scheduled = taken.stream().flatMap(entry -> entry.waiting(JobState.SCHEDULED)).toList();
        if (!scheduled.isEmpty()) {
            update(connection, QUEUE, null, scheduled);
        }
        Map<UUID, OutboxJob> jobs = read(connection, taken.stream().flatMap(DueEntry::waiting).toList());
        List<OutboxJob> skipped = new ArrayList<>();
        List<OutboxEntry> entries = new ArrayList<>();
        for (DueEntry entry : taken) {
            List<OutboxJob> ready = new ArrayList<>();
            entry.waiting()
                    .map(jobs::get)
                    .filter(Objects::nonNull)
                    .map(job -> job.inEntry(entry.id()))
                    .forEach(
                            job -> (job.state() == JobState.SCHEDULED ? skipped : ready).add(job));
            entries.add(new OutboxEntry(entry.id(), ready));
        }
        boolean more = due.size() == limit || taken.size() < due.size()
                || due.stream().mapToInt(DueEntry::jobs).sum() >= MOST_JOBS;
        return new Lease(entries, skipped, more);
    }

    private static void update(Connection connection, String sql, Duration time, List<UUID> ids) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            SqlArrays arrays = new SqlArrays(update);
            if (time != null) {
                arrays.addSeconds(time);
            }
            arrays.add("uuid", ids, id -> id);
            update.executeUpdate();
        }
    }

    private static Map<UUID, OutboxJob> read(Connection connection, List<UUID> ids) throws SQLException {
        Map<UUID, OutboxJob> jobs = new HashMap<>();
        try (PreparedStatement read = connection.prepareStatement(READ)) {
            new SqlArrays(read).add("uuid", ids, id -> id);
            try (ResultSet rows = read.executeQuery()) {
                while (rows.next()) {
                    OutboxJob job = job(rows);
                    jobs.put(job.id(), job);
                }
            }
        }
        return jobs;
    }

    /** Kafka has all jobs of these entries. */
    public void published(List<UUID> entries) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(PUBLISHED)) {
            statement.setArray(1, connection.createArrayOf("uuid", entries.toArray()));
            statement.executeUpdate();
        }
    }

    /** Kafka did not take these jobs, which are of these entries: they are due again after a time. It has the others. */
    public void giveBack(List<UUID> entries, List<OutboxJob> jobs, Duration after) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(RETURN)) {
            SqlArrays arrays = new SqlArrays(statement);
            arrays.add("uuid", entries, id -> id);
            arrays.addSeconds(after);
            arrays.add("uuid", jobs, OutboxJob::id);
            arrays.add("bool", jobs, job -> job.state() == JobState.DEAD);
            statement.executeUpdate();
        }
    }

    /** The types of which jobs wait for a worker, or for another attempt; none while the outbox has a backlog, for then they wait there. */
    public Set<String> typesThatWait() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(WAITING)) {
            Set<String> types = new HashSet<>();
            while (rows.next()) {
                types.add(rows.getString(1));
            }
            return types;
        }
    }

    /**
     * Looks through a page of jobs, in the order of their ids. Those of a type that were due before an instant and still wait are due again.
     *
     * @param after the last id that was looked at
     * @param limit how many jobs are looked at
     */
    public Page publishAgain(String type, Instant dueBefore, UUID after, int limit) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(FORGOTTEN)) {
            statement.setObject(1, after);
            statement.setInt(2, limit);
            statement.setString(3, type);
            statement.setObject(4, dueBefore.atOffset(ZoneOffset.UTC));
            statement.setObject(5, dueBefore.atOffset(ZoneOffset.UTC));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                boolean beyond = row.getObject(3) == null || !instant(row, "created_at").isBefore(dueBefore);
                return new Page(row.getInt(1), beyond ? null : row.getObject(3, UUID.class));
            }
        }
    }

    private static OutboxJob job(ResultSet row) throws SQLException {
        JobState state = JobState.of(row.getString("state")).orElseThrow();
        return new OutboxJob(row.getObject("id", UUID.class), row.getString("type"), row.getString("key"),
                row.getString("payload"), row.getInt("attempt"), state, instant(row, "created_at"),
                null, null, row.getString("traceparent"),
                state == JobState.DEAD ? lastFailure(row) : null, null);
    }

    /** The row of the failure may be missing, after a partial restore for example. The dead letter is written all the same. */
    private static Failure lastFailure(ResultSet row) throws SQLException {
        Instant created = instant(row, "created_at");
        return row.getString("error_class") == null
                ? new Failure(row.getInt("attempt"), created, created, "unknown",
                        "Why the job died is not known: its rows are missing from the table job_failure.")
                : new Failure(row.getInt("failed_attempt"), instant(row, "started_at"), instant(row, "failed_at"),
                        row.getString("error_class"), row.getString("error_message"));
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        Timestamp value = row.getTimestamp(column);
        return value == null ? null : value.toInstant();
    }
}
