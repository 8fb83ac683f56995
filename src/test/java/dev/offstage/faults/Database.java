package dev.offstage.faults;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The questions that the fault tests put to PostgreSQL; each is about some jobs or users, whose ids are its one parameter. */
final class Database {

    /** Reads one row. */
    private interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private final FaultCluster cluster;

    Database(FaultCluster cluster) {
        this.cluster = cluster;
    }

    void execute(String sql) throws SQLException {
        try (Connection connection = cluster.connect(); var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    long count(String sql, Object... ids) throws SQLException {
        return rows(sql, ids, row -> row.getLong(1)).get(0);
    }

    List<String> texts(String sql, Object... ids) throws SQLException {
        return rows(sql, ids, row -> row.getString(1));
    }

    List<UUID> ids(String sql, Object... ids) throws SQLException {
        return rows(sql, ids, row -> row.getObject(1, UUID.class));
    }

    /** The column is an interval's milliseconds. */
    List<Duration> durations(String sql, Object... ids) throws SQLException {
        return rows(sql, ids, row -> Duration.ofNanos(Math.round(row.getDouble(1) * 1e6)));
    }

    private <T> List<T> rows(String sql, Object[] ids, Row<T> read) throws SQLException {
        try (Connection connection = cluster.connect(); PreparedStatement select = connection.prepareStatement(sql)) {
            if (sql.contains("?")) {
                select.setArray(1, connection.createArrayOf("uuid", ids));
            }
            List<T> found = new ArrayList<>();
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    found.add(read.read(rows));
                }
            }
            return found;
        }
    }
}
