package dev.offstage.task.report;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import dev.offstage.storage.SqlInstants;
import dev.offstage.storage.Transaction;

/**
 * The sign-ups of a period as they were at one instant, however long it takes to read them: what is counted first is what is
 * listed after that. Not for use by several threads.
 */
final class SignupSnapshot implements AutoCloseable {

    private static final int COUNTED_AT_ONCE = 20_000;
    private static final int READ_AT_ONCE = 2_000;
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

    private final Period period;
    private final Transaction transaction;
    private Position read;

    /** @param connection is for this alone until this is closed */
    SignupSnapshot(Connection connection, Period period) throws SQLException {
        this.period = period;
        this.read = beginning();
        this.transaction = Transaction.snapshot(connection);
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
        try (PreparedStatement count = transaction.connection().prepareStatement(COUNT)) {
            bind(count, after, COUNTED_AT_ONCE);
            Position last = null;
            try (ResultSet row = count.executeQuery()) {
                while (row.next()) {
                    signups.add(row.getObject(1, LocalDate.class), row.getLong(2));
                    last = new Position(SqlInstants.get(row, 3),
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
        try (PreparedStatement next = transaction.connection().prepareStatement(READ)) {
            bind(next, read, READ_AT_ONCE);
            try (ResultSet row = next.executeQuery()) {
                while (row.next()) {
                    read = new Position(SqlInstants.get(row, 2),
                            row.getObject(1, UUID.class));
                    signups.add(new Signup(read.createdAt, row.getString(3), row.getString(4)));
                }
            }
        }
        return signups;
    }

    private void bind(PreparedStatement statement, Position after, int limit) throws SQLException {
        SqlInstants.set(statement, 1, after.createdAt);
        statement.setObject(2, after.id);
        SqlInstants.set(statement, 3, period.end());
        statement.setInt(4, limit);
    }

    @Override
    public void close() throws SQLException {
        transaction.close();
    }
}
