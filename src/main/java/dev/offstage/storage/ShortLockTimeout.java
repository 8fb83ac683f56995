package dev.offstage.storage;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * While this is open, a connection waits for locks only for a moment: of a hundred rows that are tried one by one, somebody may hold
 * every one, and others wait behind them.
 */
public final class ShortLockTimeout implements AutoCloseable {

    private static final String MOMENT = "20ms";

    private final Connection connection;
    private final String before;

    /** @throws SQLException if PostgreSQL cannot be reached */
    public ShortLockTimeout(Connection connection) throws SQLException {
        this.connection = connection;
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("show lock_timeout")) {
            row.next();
            before = row.getString(1);
        }
        set(MOMENT);
    }

    private void set(String timeout) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("set lock_timeout = '" + timeout + "'");
        }
    }

    /** The connection that waits only for a moment. */
    public Connection connection() {
        return connection;
    }

    @Override
    public void close() throws SQLException {
        set(before);
    }
}
