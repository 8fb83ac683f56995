package dev.offstage.storage;

import java.sql.Connection;
import java.sql.SQLException;

/** Several statements that are committed together, on a connection that is not part of a JTA transaction. */
public final class Transaction {

    /**
     * What is done in it.
     *
     * @param <R> what comes of it
     */
    public interface Work<R> {
        R run() throws SQLException;
    }

    private Transaction() {
    }

    /** Commits what the work did, or rolls it back if the work threw. */
    public static <R> R run(Connection connection, Work<R> work) throws SQLException {
        connection.setAutoCommit(false);
        try {
            R result = work.run();
            connection.commit();
            connection.setAutoCommit(true);
            return result;
        } catch (SQLException | RuntimeException | Error e) {
            rollBack(connection, e);
            throw e;
        }
    }

    private static void rollBack(Connection connection, Throwable reason) {
        try {
            connection.rollback();
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            reason.addSuppressed(e);
        }
    }
}
