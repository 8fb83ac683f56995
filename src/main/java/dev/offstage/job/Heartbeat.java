package dev.offstage.job;

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
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import org.jboss.logging.Logger;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.StartupEvent;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.health.Dependencies;
import dev.offstage.health.Dependency;

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
    private static final String BEAT = """
            insert into worker (id, beat) values (?, 1)
            on conflict (id) do update set beat = worker.beat + 1
            returning beat
            """;
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
    private final ScheduledExecutorService timer = Executors
            .newSingleThreadScheduledExecutor(task -> new Thread(task, "offstage-heartbeat"));
    private final Map<UUID, Beat> seen = new HashMap<>();
    private UUID registered;
    private long lookedAtNanos;

    Heartbeat(AgroalDataSource dataSource, Worker worker, OffstageConfig config, Dependencies dependencies) {
        this.dataSource = dataSource;
        this.worker = worker;
        this.worksHere = config.has(Role.WORKER);
        this.looksAfterOthers = config.has(Role.RELAY);
        this.expiry = config.worker().expiry();
        this.postgresql = dependencies.postgresql();
    }

    void start(@Observes StartupEvent event) {
        if (!worksHere && !looksAfterOthers) {
            return;
        }
        long period = Math.max(1, expiry.toMillis() / BEATS);
        timer.scheduleWithFixedDelay(this::beat, 0, period, TimeUnit.MILLISECONDS);
    }

    private void beat() {
        try (Connection connection = dataSource.getConnection()) {
            if (worksHere) {
                showLife(connection);
            }
            for (UUID dead : dead(connection)) {
                giveBack(connection, dead);
            }
            postgresql.worked();
        } catch (RuntimeException e) { // without its beats this worker would lose its jobs
            LOG.error("A heartbeat failed; the next one follows", e);
        } catch (SQLException e) {
            seen.clear();
            postgresql.failed(e);
        }
    }

    private void showLife(Connection connection) throws SQLException {
        UUID self = worker.id();
        try (PreparedStatement beat = connection.prepareStatement(BEAT)) {
            beat.setObject(1, self);
            try (var row = beat.executeQuery()) {
                row.next();
                if (row.getLong(1) == 1 && self.equals(registered)) {
                    LOG.warn("Other workers took this one for dead and run its jobs: it goes on under a new id");
                    worker.takenForDead();
                }
            }
        }
        registered = self;
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
        connection.setAutoCommit(false);
        try (PreparedStatement bury = connection.prepareStatement(BURY);
                PreparedStatement giveBack = connection.prepareStatement(GIVE_BACK)) {
            Long count = seen.get(dead).count;
            bury.setObject(1, dead);
            bury.setObject(2, count);
            if (bury.executeUpdate() == 1 || count == null) {
                giveBack.setObject(1, dead);
                LOG.infof("Worker %s is gone: %d of its jobs go back to their queues", dead, giveBack.executeUpdate());
            }
            connection.commit();
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
        seen.remove(dead);
    }

    /** Gives back what this worker still runs and signs off. To be called when no lane claims any more. */
    public void signOff() throws SQLException {
        timer.shutdownNow();
        try (Connection connection = dataSource.getConnection();
                PreparedStatement giveBack = connection.prepareStatement(GIVE_BACK);
                PreparedStatement bury = connection.prepareStatement("delete from worker where id = ?")) {
            giveBack.setObject(1, worker.id());
            giveBack.executeUpdate();
            bury.setObject(1, worker.id());
            bury.executeUpdate();
        }
    }

    @PreDestroy
    void close() {
        timer.shutdownNow();
    }
}
