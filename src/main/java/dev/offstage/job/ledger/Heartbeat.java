package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import org.jboss.logging.Logger;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.StartupEvent;

import dev.offstage.background.BackgroundThread;
import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Dependency;
import dev.offstage.storage.Engine;

/**
 * Shows that this worker lives, and gives the jobs of workers that no longer do back to the queue: a worker and a relay
 * both do the latter, so that jobs come back even if no worker is left.
 *
 * <p>A worker counts as dead when its beat stood still for {@code offstage.worker.expiry} as seen by this process's own
 * monotonic clock, so neither clocks that differ nor an outage of PostgreSQL, which stops every beat, kills the healthy.
 */
@Singleton
public class Heartbeat {

    private record Beat(Long count, long sinceNanos) {}

    private static final Logger LOG = Logger.getLogger(Heartbeat.class);
    /** In the time after which a worker without one is taken for dead. */
    private static final int BEATS = 8;
    private static final Duration LAST_BEAT = Duration.ofSeconds(2);
    /** Whose answer may be lost, and which is then repeated: the id is this process's own. */
    private static final String REGISTER = "insert into worker (id, beat) values (?, 1) on conflict (id) do nothing";
    private static final String BEAT = "update worker set beat = beat + 1 where id = ?";
    /** From one worker to the next in the index, backwards: a worker's newest entries are alive, and thousands of old ones dead. */
    private static final String OTHERS = """
            with recursive running (worker) as (
                (select worker from job where worker is not null order by worker desc limit 1)
                union all
                select (select job.worker from job where job.worker < running.worker order by job.worker desc limit 1)
                from running where running.worker is not null
            )
            select coalesce(running.worker, worker.id), worker.beat
            from (select worker from running where worker is not null) as running
            full join worker on worker.id = running.worker
            """;
    private static final String BURY = "delete from worker where id = ? and beat = ?";
    private static final String BURY_SELF = "delete from worker where id = ?";
    /** A stop that was asked for says nothing against the jobs that it cuts short: they lose no worker. */
    private static final String GIVE_BACK = """
            update job set state = 'queued', worker = null, publish_at = now()
            where worker = ? and state = 'running'
            """;

    private final AgroalDataSource dataSource;
    private final Worker worker;
    private final boolean worksHere;
    private final boolean looksAfterOthers;
    private final Duration expiry;
    private final Dependency postgresql;
    private final LostJobs lostJobs;
    private final BackgroundThread thread;
    private final Map<UUID, Beat> seen = new HashMap<>();
    private UUID registered;
    private long lookedAtNanos;

    Heartbeat(@Engine AgroalDataSource dataSource, Worker worker, LostJobs lostJobs, OffstageConfig config,
            Dependencies dependencies) {
        this.lostJobs = lostJobs;
        this.dataSource = dataSource;
        this.worker = worker;
        this.worksHere = config.has(Role.WORKER);
        this.looksAfterOthers = config.has(Role.RELAY);
        this.expiry = config.worker().expiry();
        this.postgresql = dependencies.postgresql();
        this.thread = new BackgroundThread("heartbeat", Duration.ofMillis(Math.max(1, expiry.toMillis() / BEATS)),
                this::beat);
    }

    void start(@Observes StartupEvent event) {
        if (worksHere || looksAfterOthers) {
            thread.start();
        }
    }

    /** One beat: shows life, and looks who shows none. */
    void beat() {
        try (Connection connection = dataSource.getConnection()) {
            if (worksHere) {
                showLife(connection);
            }
            for (UUID dead : dead(connection)) {
                giveBack(connection, dead);
            }
            postgresql.worked();
        } catch (SQLException e) {
            seen.clear();
            postgresql.failed(e);
        }
    }

    private void showLife(Connection connection) throws SQLException {
        if (worker.id().equals(registered) && update(connection, BEAT, registered) == 0) {
            LOG.warn("Other workers took this one for dead and run its jobs: it goes on under a new id");
            worker.takenForDead();
        }
        if (!worker.id().equals(registered)) {
            update(connection, REGISTER, worker.id());
            registered = worker.id();
        }
    }

    private static int update(Connection connection, String sql, UUID id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, id);
            return statement.executeUpdate();
        }
    }

    private Set<UUID> dead(Connection connection) throws SQLException {
        forgetWhatWasSeenBeforeAStall();
        Map<UUID, Beat> now = new HashMap<>();
        Set<UUID> dead = new HashSet<>();
        try (var others = connection.prepareStatement(OTHERS); var rows = others.executeQuery()) {
            forgetWhatWasSeenBeforeAStall();
            while (rows.next()) {
                UUID id = rows.getObject(1, UUID.class);
                Long count = rows.getObject(2, Long.class);
                Beat before = seen.get(id);
                boolean stands = before != null && Objects.equals(before.count, count);
                now.put(id, stands ? before : new Beat(count, System.nanoTime()));
                if (stands && System.nanoTime() - before.sinceNanos >= expiry.toNanos()) {
                    dead.add(id);
                }
            }
        }
        seen.clear();
        seen.putAll(now);
        return dead;
    }

    /** A stall of PostgreSQL, of the network or of this process stops our own looks like the beats of the others. */
    private void forgetWhatWasSeenBeforeAStall() {
        long now = System.nanoTime();
        if (now - lookedAtNanos > expiry.toNanos() / 2) {
            seen.clear();
        }
        lookedAtNanos = now;
    }

    private void giveBack(Connection connection, UUID dead) throws SQLException {
        Long count = seen.remove(dead).count;
        if (count == null || bury(connection, dead, count)) { // what is not given back now is found again without a count
            lostJobs.giveBack(connection, dead);
        }
    }

    /** False if it beat once more, or another process was faster. */
    private static boolean bury(Connection connection, UUID dead, Long count) throws SQLException {
        try (PreparedStatement bury = connection.prepareStatement(BURY)) {
            bury.setObject(1, dead);
            bury.setObject(2, count);
            return bury.executeUpdate() == 1;
        }
    }

    /** Gives back what this worker still runs and signs off. To be called when no lane claims any more. */
    public void signOff() throws SQLException {
        thread.close();
        thread.awaitEnd(LAST_BEAT); // after which it does not sign on again
        try (Connection connection = dataSource.getConnection()) {
            update(connection, GIVE_BACK, worker.id());
            update(connection, BURY_SELF, worker.id());
        }
    }

    @PreDestroy
    void close() {
        thread.close();
    }
}
