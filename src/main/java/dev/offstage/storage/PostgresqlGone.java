package dev.offstage.storage;

import java.sql.SQLException;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** Tells failures of PostgreSQL that time mends from failures that a statement or its rows have caused. */
public final class PostgresqlGone {

    /**
     * Classes of SQLSTATE: no connection, read only after a fail-over, rolled back for another transaction's sake, no
     * resources, a lock that was not had in time, an operator's intervention.
     */
    private static final Set<String> CLASSES = Set.of("08", "25", "40", "53", "55", "57");

    /** Classes of SQLSTATE: other transactions were in the way. */
    private static final Set<String> CONFLICTS = Set.of("40", "55");

    private static final Set<String> ROLLED_BACK = Set.of("40");

    /** SQLSTATE of a statement that took longer than it may, or was cancelled. */
    private static final String CANCELED = "57014";

    /**
     * Of a server that is not there for anybody: no connection, no resources, shutting down or starting, read only after a
     * fail-over.
     */
    private static final Set<String> UNREACHABLE_CLASSES = Set.of("08", "53");
    private static final Set<String> UNREACHABLE = Set.of("57P01", "57P02", "57P03", "57P05", "25006");

    private PostgresqlGone() {
    }

    /**
     * Whether PostgreSQL answers no statement at all just now. Any other refusal is about what was asked. Example: a damaged row, or a
     * trigger, fails one row; the rest must go on.
     */
    public static boolean isUnreachable(SQLException failure) {
        String state = failure.getSQLState();
        return state == null || isOf(UNREACHABLE_CLASSES, failure) || UNREACHABLE.contains(state);
    }

    /** Whether that is what a failure comes from; one without a SQLSTATE is the pool's, which had no connection in time. */
    public static boolean isCauseOf(Throwable failure) {
        SQLException sql = sql(failure);
        return sql != null && (sql.getSQLState() == null || isOf(CLASSES, sql));
    }

    /** Whether it was there, and busy with somebody else's rows or with too many: fewer at a time may do. */
    public static boolean isConflict(Throwable failure) {
        SQLException sql = sql(failure);
        return sql != null && isOf(CONFLICTS, sql) || isStatementTimeout(failure);
    }

    /** Whether two transactions waited for each other, and this one was ended: tried again at once, it is likely to pass. */
    public static boolean isDeadlock(SQLException failure) {
        return isOf(ROLLED_BACK, failure);
    }

    /** Whether it was there, and a statement took longer than it may: it would do so again. */
    public static boolean isStatementTimeout(Throwable failure) {
        SQLException sql = sql(failure);
        return sql != null && CANCELED.equals(sql.getSQLState());
    }

    private static boolean isOf(Set<String> classes, SQLException failure) {
        String state = failure.getSQLState();
        return state != null && state.length() == 5 && classes.contains(state.substring(0, 2));
    }

    private static SQLException sql(Throwable failure) {
        if (failure == null || failure instanceof SQLException) {
            return (SQLException) failure;
        }
        SQLException cause = sql(failure.getCause());
        if (cause != null) {
            return cause;
        }
        // The transaction manager hides what kept it from committing among the suppressed.
        return Stream.of(failure.getSuppressed())
                .map(PostgresqlGone::sql)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }
}
