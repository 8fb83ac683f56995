package dev.offstage.bench;

import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;

import org.awaitility.Awaitility;

/** Questions to the PostgreSQL of a service that is measured. */
record Sql(String url, String user, String password) {

    private static final Duration LIMIT = Duration.ofMinutes(10);

    /** Reads one row. */
    interface Row {
        void read(ResultSet row) throws SQLException, IOException;
    }

    void rows(String sql, Row row) throws SQLException, IOException {
        try (Connection connection = connect(); ResultSet rows = connection.createStatement().executeQuery(sql)) {
            while (rows.next()) {
                row.read(rows);
            }
        }
    }

    double number(String sql) throws SQLException {
        return Double.parseDouble(text(sql));
    }

    String text(String sql) throws SQLException {
        try (Connection connection = connect(); ResultSet row = connection.createStatement().executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    /** @param count of what is to be no more */
    void awaitNone(String count) {
        Awaitility.await().atMost(LIMIT).pollInterval(Duration.ofSeconds(1)).until(() -> number(count) == 0);
    }

    void execute(String sql) throws SQLException {
        try (Connection connection = connect(); var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(url, user, password);
    }
}
