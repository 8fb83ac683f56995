package dev.offstage.health;

import java.sql.SQLException;
import java.util.Set;
import java.util.stream.Stream;

/** Tells failures of PostgreSQL that time mends from those of whoever asked it. */
public final class PostgresqlGone {

    /**
     * Classes of SQLSTATE: no connection, read only after a fail-over, rolled back for another transaction's sake, no
     * resources, a lock that was not had in time, an operator's intervention.
     */
    private static final Set<String> CLASSES = Set.of("08", "25", "40", "53", "55", "57");

    private PostgresqlGone() {
    }

    /** Whether that is what a failure comes from; one without a SQLSTATE is the pool's, which had no connection in time. */
    public static boolean isCauseOf(Throwable failure) {
        if (failure == null) {
            return false;
        }
        if (failure instanceof SQLException sql) {
            String state = sql.getSQLState();
            return state == null || state.length() == 5 && CLASSES.contains(state.substring(0, 2));
        }
        // The transaction manager hides what kept it from committing among the suppressed.
        return isCauseOf(failure.getCause()) || Stream.of(failure.getSuppressed()).anyMatch(PostgresqlGone::isCauseOf);
    }
}
