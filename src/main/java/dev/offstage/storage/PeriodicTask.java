package dev.offstage.storage;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

import io.agroal.api.AgroalDataSource;

import dev.offstage.background.BackgroundThread;

/** Something that is done in PostgreSQL every so often on a thread of its own, whatever went wrong the last time. */
public final class PeriodicTask implements AutoCloseable {

    /** What is done. */
    public interface Work {
        void run(Connection connection) throws SQLException;
    }

    private final AgroalDataSource dataSource;
    private final Dependency postgresql;
    private final Work work;
    private final BackgroundThread thread;

    /** @param pause from the end of one round to the start of the next */
    public PeriodicTask(String name, Duration pause, AgroalDataSource dataSource, Dependency postgresql, Work work) {
        this.dataSource = dataSource;
        this.postgresql = postgresql;
        this.work = work;
        this.thread = new BackgroundThread(name, pause, this::round);
    }

    /** The first round follows at once. */
    public void start() {
        thread.start();
    }

    /** The first round follows at once, and others whenever the condition holds, with a pause between them. See {@link Poll#when}. */
    public void startWhen(Poll poll, String condition) {
        thread.startOnDemand();
        thread.wake();
        poll.when(condition, thread::wake);
    }

    /** The first round follows at once, and others whenever the value has changed, with a pause between them. See {@link Poll#whenChanged}. */
    public void startWhenChanged(Poll poll, String value) {
        thread.startOnDemand();
        thread.wake();
        poll.whenChanged(value, thread::wake);
    }

    private void round() throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            work.run(connection);
            postgresql.worked();
        } catch (SQLException | RuntimeException e) {
            if (!PostgresqlGone.isCauseOf(e)) {
                throw e;
            }
            postgresql.failed(e);
            thread.wake(); // what the round was for is not done yet
        }
    }

    @Override
    public void close() {
        thread.close();
    }
}
