package dev.offstage.storage;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.jboss.logging.Logger;

import io.agroal.api.AgroalDataSource;

import dev.offstage.health.Dependency;
import dev.offstage.health.PostgresqlGone;

/** Something that is done in PostgreSQL every so often on a thread of its own, whatever went wrong the last time. */
public final class PeriodicTask implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(PeriodicTask.class);

    /** What is done. */
    public interface Work {
        void run(Connection connection) throws SQLException;
    }

    private final String name;
    private final Duration pause;
    private final AgroalDataSource dataSource;
    private final Dependency postgresql;
    private final Work work;
    private final ScheduledExecutorService timer;

    /** @param pause from the end of one round to the start of the next */
    public PeriodicTask(String name, Duration pause, AgroalDataSource dataSource, Dependency postgresql, Work work) {
        this.name = name;
        this.pause = pause;
        this.dataSource = dataSource;
        this.postgresql = postgresql;
        this.work = work;
        this.timer = Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "offstage-" + name));
    }

    /** The first round follows at once. */
    public void start() {
        timer.scheduleWithFixedDelay(this::round, 0, pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void round() {
        try (Connection connection = dataSource.getConnection()) {
            work.run(connection);
            postgresql.worked();
        } catch (SQLException | RuntimeException | Error e) { // the timer would drop the task
            if (timer.isShutdown()) { // the round was interrupted, or what it needs is gone already
                LOG.debugf(e, "The last round of %s was cut short", name);
            } else if (PostgresqlGone.isCauseOf(e)) {
                postgresql.failed(e);
            } else {
                LOG.errorf(e, "A round of %s failed; the next one follows", name);
            }
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
