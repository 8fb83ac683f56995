package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import jakarta.inject.Singleton;

import org.jboss.logging.Logger;

import dev.offstage.config.OffstageConfig;
import dev.offstage.storage.PostgresqlGone;
import dev.offstage.storage.ShortLockTimeout;
import dev.offstage.storage.SqlArrays;
import dev.offstage.storage.Transaction;

/**
 * What becomes of the jobs that a worker ran when it died. They go back to their queues and run once more under the same attempt
 * number, for most of them did nothing wrong. One of them may be what ended the worker, though, and would end the next one, too:
 * a job that has lost {@code offstage.worker.max-lost} workers is dead.
 *
 * <p>Example, with three: a picture takes all memory, and a mail runs beside it. Both go back at once after the first death.
 * After the second, each comes back at a moment of its own within {@link #APART}, so that the mail is likely to be done while the
 * picture does not run. After the third death the picture is dead.
 */
@Singleton
class LostJobs {

    private static final Logger LOG = Logger.getLogger(LostJobs.class);

    /** Over which time jobs that have lost more than one worker are spread. */
    private static final Duration APART = Duration.ofSeconds(8);
    private static final Duration LONGEST = Duration.ofSeconds(1);

    /** A job that has lost too many workers keeps its state and its worker here; {@link Settlements} then settles it as dead. */
    private static final String COUNT = """
            with lost as (
                update job set lost_workers = least(lost_workers + 1, 1000),
                               state = case when lost_workers + 1 < ? then 'queued' else state end,
                               worker = case when lost_workers + 1 < ? then null else worker end
                where id = any(?) and worker = ? and state = 'running'
                returning id, type, key, attempt, created_at, started_at, traceparent, lost_workers, state
            ), outboxed as (
                insert into outbox (id, publish_at, jobs)
                select gen_random_uuid(),
                       now() + case when lost_workers > 1 then random() else 0 end * make_interval(secs => ?), array[id]
                from lost where state = 'queued'
            )
            select * from lost
            """;
    private static final String RUNNING = """
            select id from job
            where id = any(array(select unnest(jobs) from claim where worker = ?)) and worker = ? and state = 'running'
            order by id
            """;
    private static final String NOTE = """
            insert into job_failure (job_id, attempt, started_at, failed_at, error_class, error_message)
            select * from unnest(?::uuid[], ?::int[], ?::timestamptz[], ?::timestamptz[], ?::text[], ?::text[])
            """;

    private record Lost(Claim claim, int workers) {}

    private final Ledger ledger;
    private final Attempts attempts;
    private final Clock clock;
    private final int mostLost;

    LostJobs(Ledger ledger, Attempts attempts, Clock clock, OffstageConfig config) {
        this.ledger = ledger;
        this.attempts = attempts;
        this.clock = clock;
        this.mostLost = config.worker().maxLost();
    }

    /**
     * Gives the jobs of a dead worker back, and ends those that have lost too many. What PostgreSQL refuses for one of them is left
     * alone, and found again as a job of a worker that has no life sign; so is what a process leaves that ends in the midst of this.
     *
     * @throws SQLException if PostgreSQL cannot be reached
     */
    void giveBack(Connection connection, UUID dead) throws SQLException {
        List<UUID> jobs = running(connection, dead);
        LOG.infof("Worker %s is gone: it ran %d jobs, which go back to their queues", dead, jobs.size());
        try {
            giveBack(connection, dead, jobs);
        } catch (SQLException e) {
            if (PostgresqlGone.isUnreachable(e)) {
                throw e;
            }
            oneByOne(connection, dead, jobs);
        }
    }

    private static List<UUID> running(Connection connection, UUID dead) throws SQLException {
        try (PreparedStatement look = connection.prepareStatement(RUNNING)) {
            look.setObject(1, dead);
            look.setObject(2, dead);
            List<UUID> jobs = new ArrayList<>();
            try (ResultSet rows = look.executeQuery()) {
                while (rows.next()) {
                    jobs.add(rows.getObject(1, UUID.class));
                }
            }
            return jobs;
        }
    }

    private void giveBack(Connection connection, UUID dead, List<UUID> jobs) throws SQLException {
        end(Transaction.run(connection, () -> {
            List<Lost> all = count(connection, dead, jobs);
            note(connection, all.stream().filter(job -> job.workers < mostLost).toList());
            return all.stream().filter(job -> job.workers >= mostLost).map(Lost::claim).toList();
        }));
    }

    /** Not for long: the heartbeat waits, and without it this process would be taken for dead. */
    private void oneByOne(Connection connection, UUID dead, List<UUID> jobs) throws SQLException {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        try (ShortLockTimeout shortly = new ShortLockTimeout(connection)) {
            for (UUID job : jobs) {
                if (System.nanoTime() > deadline) {
                    return;
                }
                alone(shortly.connection(), dead, job);
            }
        }
    }

    private void alone(Connection connection, UUID dead, UUID job) throws SQLException {
        try {
            giveBack(connection, dead, List.of(job));
        } catch (SQLException e) {
            if (PostgresqlGone.isUnreachable(e)) {
                throw e;
            }
            LOG.errorf(
                    "Job %s of a worker that is gone cannot go back to its queue; it is tried again. Look for a trigger on "
                            + "the table job, for a lock, or for damage to this row. %s",
                    job, e.getMessage());
        }
    }

    private List<Lost> count(Connection connection, UUID dead, List<UUID> jobs) throws SQLException {
        try (PreparedStatement count = connection.prepareStatement(COUNT)) {
            count.setInt(1, mostLost);
            count.setInt(2, mostLost);
            count.setArray(3, connection.createArrayOf("uuid", jobs.toArray()));
            count.setObject(4, dead);
            count.setDouble(5, APART.toMillis() / 1_000.0);
            List<Lost> lost = new ArrayList<>();
            try (ResultSet rows = count.executeQuery()) {
                while (rows.next()) {
                    Delivery delivery = new Delivery(rows.getObject("id", UUID.class), rows.getString("type"),
                            rows.getString("key"), null, rows.getInt("attempt"),
                            instant(rows, "created_at"), null, rows.getString("traceparent"), null);
                    lost.add(new Lost(new Claim(delivery, dead, instant(rows, "started_at")),
                            rows.getInt("lost_workers")));
                }
            }
            return lost;
        }
    }

    private void note(Connection connection, List<Lost> lost) throws SQLException {
        if (lost.isEmpty()) {
            return;
        }
        List<Failure> failures = lost.stream()
                .map(job -> failure(job.claim, WorkerLost.onceMore(job.workers, mostLost)))
                .toList();
        try (PreparedStatement note = connection.prepareStatement(NOTE)) {
            SqlArrays arrays = new SqlArrays(note);
            arrays.add("uuid", lost, job -> job.claim.delivery().id());
            arrays.add("int4", failures, Failure::attempt);
            arrays.add("timestamptz", failures, Failure::startedAt);
            arrays.add("timestamptz", failures, Failure::failedAt);
            arrays.add("text", failures, Failure::errorClass);
            arrays.add("text", failures, Failure::errorMessage);
            note.executeUpdate();
        }
    }

    /** Lets jobs that have lost too many workers die, with all that follows a death. */
    private void end(List<Claim> claims) {
        for (Claim claim : claims) {
            Failure failure = failure(claim, WorkerLost.onceTooOften(mostLost));
            LOG.errorf("Job %s of the type %s is dead: %s", claim.delivery().id(), claim.delivery().type(),
                    failure.errorMessage());
            Instant now = failure.failedAt().truncatedTo(ChronoUnit.MICROS);
            ledger.settle(new Settlement.Died(claim, failure, now, UUID.randomUUID(),
                    attempts.afterDeath(claim.delivery(), failure)))
                    .whenComplete((settled, refusal) -> {
                        if (refusal != null) {
                            LOG.errorf(refusal, "The death of job %s could not be stored; it is tried again",
                                    claim.delivery().id());
                        }
                    });
        }
    }

    private Failure failure(Claim claim, WorkerLost reason) {
        return Failure.of(claim.delivery().attempt(), claim.startedAt(), clock.instant(), reason);
    }

    private static Instant instant(ResultSet rows, String column) throws SQLException {
        return rows.getObject(column, OffsetDateTime.class).toInstant();
    }
}
