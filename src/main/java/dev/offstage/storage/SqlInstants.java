package dev.offstage.storage;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/**
 * Instants as parameters and columns of the type {@code timestamptz}. The driver takes and gives times with an offset instead; null
 * stands for null.
 */
public final class SqlInstants {

    private SqlInstants() {
    }

    public static void set(PreparedStatement statement, int parameter, Instant instant) throws SQLException {
        statement.setObject(parameter, instant == null ? null : instant.atOffset(ZoneOffset.UTC));
    }

    public static Instant get(ResultSet row, int column) throws SQLException {
        return instant(row.getObject(column, OffsetDateTime.class));
    }

    public static Instant get(ResultSet row, String column) throws SQLException {
        return instant(row.getObject(column, OffsetDateTime.class));
    }

    private static Instant instant(OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
