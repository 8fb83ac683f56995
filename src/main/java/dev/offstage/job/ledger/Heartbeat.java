package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import org.jboss.logging.Logger;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.StartupEvent;

import dev.offstage.background.BackgroundThread;
import dev.offstage.background.Timer;
import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Dependency;
import dev.offstage.storage.Engine;
import dev.offstage.storage.PostgresqlGone;

/**
 * Shows that this worker lives, and gives the jobs of workers that no longer do back to the queue: a worker and a relay
 * both do the latter, so that jobs come back even if no worker is left.
 *
 * <p>A worker counts as dead when its beat stood still for {@code offstage.worker.expiry} as seen by this process's own
 * monotonic clock, so neither clocks that differ nor an outage of PostgreSQL, which stops every beat, kills the healthy.
 */
@Singleton
public class Heartbeat {

    private static final Logger LOG = Logger.getLogger(Heartbeat.class);
    /** In the time after which a worker without one is taken for dead. */
    private static final int BEATS = 8;
    private static final Duration LAST_BEAT = Duration.ofSeconds(2);
    /** Whose answer may be lost, and which is then repeated: the id is this process's own. */
    private static final String REGISTER = "insert into worker (id, beat) values (?, 1) on conflict (id) do nothing";
    /** Shows life and looks who else does, in one statement. It sees each beat as it was before: its own, too. */
    private static final String BEAT = """
            with own as (
                update worker set beat = beat + 1 where id = ? returning id
            )
            select coalesce(claiming.worker, worker.id), worker.beat, (select count(*) from own), claiming.worker is not null
            from (select distinct worker from claim) as claiming full join worker on worker.id = claiming.worker
            """;
    /** If the look at the others takes too long, such as while the table of jobs is locked, the beat must not be lost with it. */
    private static final String BEAT_ALONE = "update worker set beat = beat + 1 where id = ?";
    private static final String BURY = "delete from worker where id = ? and beat = ?";
    private static final String BURY_SELF = "delete from worker where id = ?";
    /** A stop that was asked for says nothing against the jobs that it cuts short: they lose no worker. */
    private static final String GIVE_BACK = """
            with back as (
                update job set state = 'queued', worker = null
                where id = any(array(select unnest(jobs) from claim where worker = ?)) and worker = ? and state = 'running'
                returning id
            )
            insert into outbox (id, publish_at, jobs) select gen_random_uuid(), now(), array[id] from back
            """;
    /** Claims whose jobs have all ended, or gone back to their queues. */
    private static final String FORGET_CLAIMS = """
            delete from claim where worker = ? and not exists (
                select from job where job.id = any(claim.jobs) and job.state = 'running' and job.worker = claim.worker)
            """;

    private final AgroalDataSource dataSource;
    private final Worker worker;
    private final boolean worksHere;
    private final boolean looksAfterOthers;
    private final Dependency postgresql;
    private final LostJobs lostJobs;
    private final BackgroundThread thread;
    private final LifeSigns life;
    private UUID registered;

    Heartbeat(@Engine AgroalDataSource dataSource, Worker worker, LostJobs lostJobs, Timer timer, OffstageConfig config,
            Dependencies dependencies) {
        this.lostJobs = lostJobs;
        this.dataSource = dataSource;
        this.worker = worker;
        this.worksHere = config.has(Role.WORKER);
        this.looksAfterOthers = config.has(Role.RELAY);
        Duration expiry = config.worker().expiry();
        this.life = new LifeSigns(expiry, timer);
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
                register(connection);
            }
            for (LifeSigns.Dead dead : beat(connection)) {
                giveBack(connection, dead);
            }
            postgresql.worked();
        } catch (SQLException e) {
            life.forget();
            postgresql.failed(e);
        }
    }

    private void register(Connection connection) throws SQLException {
        if (!worker.id().equals(registered)) {
            update(connection, REGISTER, worker.id());
            registered = worker.id();
        }
    }

    private static void update(Connection connection, String sql, UUID id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, id);
            statement.executeUpdate();
        }
    }

    /** @return the workers that are dead */
    private List<LifeSigns.Dead> beat(Connection connection) throws SQLException {
        Map<UUID, Long> counts = new HashMap<>();
        boolean lives = false;
        boolean claims = false;
        life.looking();
        try (PreparedStatement beat = connection.prepareStatement(BEAT)) {
            beat.setObject(1, registered, Types.OTHER);
            try (ResultSet rows = beat.executeQuery()) {
                life.looking();
                while (rows.next()) {
                    counts.put(rows.getObject(1, UUID.class), rows.getObject(2, Long.class));
                    lives = rows.getInt(3) == 1;
                    claims |= rows.getBoolean(4) && rows.getObject(1, UUID.class).equals(registered);
                }
            }
        } catch (SQLException e) {
            if (worksHere && !PostgresqlGone.isUnreachable(e)) {
                update(connection, BEAT_ALONE, registered);
            }
            throw e;
        }
        if (worksHere && !lives) {
            LOG.warn("Other workers took this one for dead and run its jobs: it goes on under a new id");
            worker.takenForDead();
            register(connection);
        } else if (claims) {
            update(connection, FORGET_CLAIMS, registered);
        }
        return life.dead(counts);
    }

    private void giveBack(Connection connection, LifeSigns.Dead dead) throws SQLException {
        if (dead.count() == null || bury(connection, dead)) { // what is not given back now is found again without a count
            lostJobs.giveBack(connection, dead.worker());
            update(connection, FORGET_CLAIMS, dead.worker());
        }
    }

    /** False if it beat once more, or another process was faster. */
    private static boolean bury(Connection connection, LifeSigns.Dead dead) throws SQLException {
        try (PreparedStatement bury = connection.prepareStatement(BURY)) {
            bury.setObject(1, dead.worker());
            bury.setObject(2, dead.count());
            return bury.executeUpdate() == 1;
        }
    }

    /** Gives back what this worker still runs and signs off. To be called when no lane claims any more. */
    public void signOff() throws SQLException {
        thread.close();
        thread.awaitEnd(LAST_BEAT); // after which it does not sign on again
        try (Connection connection = dataSource.getConnection()) {
            giveBack(connection);
            update(connection, FORGET_CLAIMS, worker.id());
            update(connection, BURY_SELF, worker.id());
        }
    }

    private void giveBack(Connection connection) throws SQLException {
        try (PreparedStatement back = connection.prepareStatement(GIVE_BACK)) {
            back.setObject(1, worker.id());
            back.setObject(2, worker.id());
            back.executeUpdate();
        }
    }

    @PreDestroy
    void close() {
        thread.close();
    }
}
