package dev.offstage.storage;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** Fills a statement's parameters, one after another, with a column of many rows each: one round trip for a batch. */
public final class SqlArrays {

    private final PreparedStatement statement;
    private int parameter;

    public SqlArrays(PreparedStatement statement) {
        this.statement = statement;
    }

    public <T> void add(String sqlType, List<T> rows, Function<T, ?> column) throws SQLException {
        Object[] values = rows.stream().map(column).toArray();
        statement.setArray(++parameter, statement.getConnection().createArrayOf(sqlType, values));
    }

    /** Of {@code bytea}. */
    public <T> void addBytes(List<T> rows, Function<T, byte[]> column) throws SQLException {
        byte[][] values = rows.stream().map(column).toArray(byte[][]::new);
        statement.setArray(++parameter, statement.getConnection().createArrayOf("bytea", values));
    }

    public void add(UUID value) throws SQLException {
        statement.setObject(++parameter, value);
    }

    public void add(String value) throws SQLException {
        statement.setString(++parameter, value);
    }

    public void addSeconds(Duration value) throws SQLException {
        statement.setDouble(++parameter, value.toMillis() / 1_000.0);
    }

    public void addInstant(Instant value) throws SQLException {
        SqlInstants.set(statement, ++parameter, value);
    }
}
