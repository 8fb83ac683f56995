package dev.offstage.task.report;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The sign-ups of a period as they were at one instant, however long it takes to read them: what is counted first is what is
 * listed after that. Not for use by several threads.
 */
final class SignupSnapshot implements AutoCloseable {

    private static final int COUNTED_AT_ONCE = 20_000;
    private static final int READ_AT_ONCE = 2_000;
    private static final String BEGIN = "set transaction isolation level repeatable read, read only";
    private static final String COUNT = """
            with chunk as materialized (
                select created_at, id from app_user where (created_at, id) > (?, ?) and created_at < ?
                order by created_at, id limit ?
            ), last as (
                select created_at, id from chunk order by created_at desc, id desc limit 1
            )
            select (chunk.created_at at time zone 'UTC')::date, count(*), last.created_at, last.id
            from chunk, last group by 1, 3, 4
            """;
    private static final String READ = """
            select id, created_at, name, email from app_user where (created_at, id) > (?, ?) and created_at < ?
            order by created_at, id limit ?
            """;

    /** Where to go on: after this row. */
    private record Position(Instant createdAt, UUID id) {}

    private final Connection connection;
    private final Period period;
    private Position read;

    /** @param connection is for this alone until this is closed */
    SignupSnapshot(Connection connection, Period period) throws SQLException {
        this.connection = connection;
        this.period = period;
        this.read = beginning();
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            statement.execute(BEGIN);
        }
    }

    private Position beginning() {
        return new Position(period.start(), new UUID(0, 0));
    }

    DailySignups count() throws SQLException, InterruptedException {
        DailySignups signups = new DailySignups(period);
        Position last = beginning();
        while (last != null) {
            Interrupts.check();
            last = countSome(signups, last);
        }
        return signups;
    }

    /** @return null at the end */
    private Position countSome(DailySignups signups, Position after) throws SQLException {
        try (PreparedStatement count = connection.prepareStatement(COUNT)) {
            bind(count, after, COUNTED_AT_ONCE);
            Position last = null;
            try (ResultSet row = count.executeQuery()) {
                while (row.next()) {
                    signups.add(row.getObject(1, LocalDate.class), row.getLong(2));
                    last = new Position(row.getObject(3, OffsetDateTime.class).toInstant(),
                            row.getObject(4, UUID.class));
                }
            }
            return last;
        }
    }

    /** The next sign-ups, oldest first; none at the end. */
    List<Signup> next() throws SQLException, InterruptedException {
        Interrupts.check();
        List<Signup> signups = new ArrayList<>(READ_AT_ONCE);
        try (PreparedStatement next = connection.prepareStatement(READ)) {
            bind(next, read, READ_AT_ONCE);
            try (ResultSet row = next.executeQuery()) {
                while (row.next()) {
                    read = new Position(row.getObject(2, OffsetDateTime.class).toInstant(),
                            row.getObject(1, UUID.class));
                    signups.add(new Signup(read.createdAt, row.getString(3), row.getString(4)));
                }
            }
        }
        return signups;
    }

    private void bind(PreparedStatement statement, Position after, int limit) throws SQLException {
        statement.setObject(1, after.createdAt.atOffset(ZoneOffset.UTC));
        statement.setObject(2, after.id);
        statement.setObject(3, period.end().atOffset(ZoneOffset.UTC));
        statement.setInt(4, limit);
    }

    @Override
    public void close() throws SQLException {
        connection.rollback();
    }
}
