package dev.offstage.task.cleanup;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;

import dev.offstage.storage.SqlInstants;

import javax.sql.DataSource;

/** What operators did long ago: entries of the audit log, and actions on many jobs. */
final class OldOperations implements Cleanup.Removal {

    private static final int BATCH = 1_000;
    private static final String REMOVE_ENTRIES = """
            delete from audit_entry where id in (select id from audit_entry where at < ? order by id limit ?)
            """;
    private static final String REMOVE_ACTIONS = """
            delete from bulk_action where id in (select id from bulk_action where finished_at < ? order by id limit ?)
            """;

    private final DataSource dataSource;
    private final Instant before;
    private long removed;

    OldOperations(DataSource dataSource, Instant before) {
        this.dataSource = dataSource;
        this.before = before;
    }

    @Override
    public boolean removeSome() throws SQLException {
        int entries = remove(REMOVE_ENTRIES);
        int actions = remove(REMOVE_ACTIONS);
        removed += entries + actions;
        return entries == BATCH || actions == BATCH;
    }

    private int remove(String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            SqlInstants.set(statement, 1, before);
            statement.setInt(2, BATCH);
            return statement.executeUpdate();
        }
    }

    /** How many are gone. */
    long removed() {
        return removed;
    }
}
