package dev.offstage.storage;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Several SQL statements that are committed together, on a connection that is not part of a JTA transaction. What is SQL alone runs
 * in one of these; where entities or {@code Jobs.enqueue} take part, the transaction is one of JTA. Nothing outside of this package
 * calls {@link Connection#setAutoCommit}, so that no connection goes back to the pool in the midst of a transaction.
 */
public final class Transaction implements AutoCloseable {

    private static final String ONE_SNAPSHOT = "set transaction isolation level repeatable read, read only";

    /**
     * What is done in it.
     *
     * @param <R> what comes of it
     */
    public interface Work<R> {
        R run() throws SQLException;
    }

    private final Connection connection;
    private boolean committed;

    private Transaction(Connection connection) {
        this.connection = connection;
    }

    /** Commits what the work did, or rolls it back if the work threw. */
    public static <R> R run(Connection connection, Work<R> work) throws SQLException {
        try (Transaction transaction = begin(connection)) {
            R result = work.run();
            transaction.commit();
            return result;
        }
    }

    /** For work that throws more than {@link SQLException}, in a try statement: what is not committed by its end is rolled back. */
    public static Transaction begin(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        return new Transaction(connection);
    }

    /** For several statements that only read, and that see the tables as they were at one instant. There is nothing to commit. */
    public static Transaction snapshot(Connection connection) throws SQLException {
        Transaction transaction = begin(connection);
        try (Statement statement = connection.createStatement()) {
            statement.execute(ONE_SNAPSHOT);
            return transaction;
        } catch (SQLException | RuntimeException | Error e) {
            transaction.closeAfter(e);
            throw e;
        }
    }

    public Connection connection() {
        return connection;
    }

    /** Ends it; only {@link #close} may follow. */
    public void commit() throws SQLException {
        connection.commit();
        committed = true;
    }

    /** Rolls back what was not committed. The connection is as it was before. */
    @Override
    public void close() throws SQLException {
        if (!committed) {
            connection.rollback();
        }
        connection.setAutoCommit(true);
    }

    private void closeAfter(Throwable reason) {
        try {
            close();
        } catch (SQLException e) {
            reason.addSuppressed(e);
        }
    }
}
