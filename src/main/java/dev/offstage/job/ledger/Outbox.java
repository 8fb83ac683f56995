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
import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.agroal.api.AgroalDataSource;

import dev.offstage.job.JobState;
import dev.offstage.job.Jobs;
import dev.offstage.storage.Engine;
import dev.offstage.storage.SqlArrays;

/** The committed jobs that are due and not yet in Kafka. */
@ApplicationScoped
public class Outbox {

    /**
     * The ids are gathered in an array, here and below, for then they are looked for once: were they a subquery, PostgreSQL might
     * do that anew for each row, with a plan from when the table was empty.
     */
    static final String LEASE = """
            with due as materialized (
                select id, publish_at, %s as bytes
                from job where publish_at <= now() order by publish_at limit ? for update skip locked
            ), leased as (
                update job set publish_at = now() + make_interval(secs => ?),
                               state = case state when 'scheduled' then 'queued' else state end
                where id = any(array(
                    select id from (
                        select id, sum(bytes) over (
                                order by publish_at, id rows between unbounded preceding and 1 preceding) as before
                        from due) as due
                    where before is null or before < ?))
                returning id, type, key, payload, attempt, state, created_at, publish_at, traceparent
            )
            select leased.*, f.attempt as failed_attempt, f.started_at, f.failed_at, f.error_class, f.error_message,
                   (select count(*) from due) as due
            from leased left join lateral (
                select * from job_failure where leased.state = 'dead' and job_id = leased.id
                order by failed_at desc, attempt desc limit 1) as f on true
            """.formatted(Delivery.PAYLOAD_BYTES);
    /**
     * A row that another transaction has locked is passed over: a claim or a settlement is about to move that job on, so that its mark would
     * come too late. Waiting for it could end in a deadlock, for both lock many rows.
     *
     * <p>A job that was given back to its queue meanwhile looks as it did before, but for when it is to be published, so that is compared, too.
     * Rows are found by their ids: a thousand jobs of one call have the same instant, and its index would find all of them for each.
     */
    private static final String UNLOCKED = """
            where id = any(array(
                select job.id from unnest(?::uuid[], ?::int[], ?::text[], ?::timestamptz[])
                    as p (id, attempt, state, publish_at) join job using (id)
                where job.attempt = p.attempt and job.state = p.state
                  and job.publish_at is not distinct from p.publish_at
                for update of job skip locked))
            """;
    /** Need not reach the disk: what is forgotten is published again. */
    static final String PUBLISHED = """
            update job set publish_at = null, published_at = now() from set_config('synchronous_commit', 'off', true)
            """ + UNLOCKED;
    static final String RETURN = "update job set publish_at = now() + make_interval(secs => ?) " + UNLOCKED;
    static final String FORGOTTEN = """
            update job set publish_at = now()
            where id = any(array(
                select id from job
                where type = ? and published_at < ? and publish_at is null and state in ('queued', 'retrying')
                order by published_at limit ? for update skip locked))
            """;

    /** Of payloads in one lease, give or take the last one, so that a backlog of large jobs fits into memory. */
    static final int MOST_BYTES = 8 * 1024 * 1024;

    /**
     * Jobs that are this process's to publish, until their lease ends.
     *
     * @param more whether others are due, too
     */
    public record Lease(List<OutboxJob> jobs, boolean more) {}

    private final AgroalDataSource dataSource;

    Outbox(@Engine AgroalDataSource dataSource) {
        this.dataSource = dataSource;
    }

    /**
     * Takes jobs that are due, oldest first; other processes pass them over until the lease ends.
     *
     * @param limit how many at most; fewer if their payloads are large
     * @param time after which they are due again unless they were marked as published
     */
    public Lease lease(int limit, Duration time) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(LEASE)) {
            statement.setInt(1, limit);
            statement.setDouble(2, time.toMillis() / 1_000.0);
            statement.setInt(3, MOST_BYTES);
            List<OutboxJob> jobs = new ArrayList<>();
            int due = 0;
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    jobs.add(job(rows));
                    due = rows.getInt("due");
                }
            }
            return new Lease(jobs, due == limit || due > jobs.size());
        }
    }

    /** Kafka acknowledged these. A job that has moved on since is left alone. */
    public void published(List<OutboxJob.Version> jobs) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(PUBLISHED)) {
            mark(new SqlArrays(statement), jobs);
            statement.executeUpdate();
        }
    }

    /** Kafka did not take these: they are due again after a time. */
    public void giveBack(List<OutboxJob> jobs, Duration after) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(RETURN)) {
            SqlArrays arrays = new SqlArrays(statement);
            arrays.addSeconds(after);
            mark(arrays, jobs.stream().map(OutboxJob::version).toList());
            statement.executeUpdate();
        }
    }

    /**
     * Makes jobs of a type that Kafka got before an instant, and that no worker has claimed, due again.
     *
     * @param limit how many at most
     * @return how many there were
     */
    public int publishAgain(String type, Instant publishedBefore, int limit) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(FORGOTTEN)) {
            statement.setString(1, type);
            statement.setObject(2, publishedBefore.atOffset(ZoneOffset.UTC));
            statement.setInt(3, limit);
            return statement.executeUpdate();
        }
    }

    private static void mark(SqlArrays arrays, List<OutboxJob.Version> jobs) throws SQLException {
        arrays.add("uuid", jobs, OutboxJob.Version::id);
        arrays.add("int4", jobs, OutboxJob.Version::attempt);
        arrays.add("text", jobs, job -> job.state().label());
        arrays.add("timestamptz", jobs, OutboxJob.Version::publishAt);
    }

    private static OutboxJob job(ResultSet row) throws SQLException {
        JobState state = JobState.of(row.getString("state")).orElseThrow();
        return new OutboxJob(row.getObject("id", UUID.class), row.getString("type"), row.getString("key"),
                row.getString("payload"), row.getInt("attempt"), state, instant(row, "created_at"),
                instant(row, "publish_at"), row.getString("traceparent"),
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
