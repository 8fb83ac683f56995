package dev.offstage.operation;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.agroal.api.AgroalDataSource;

import com.github.f4b6a3.uuid.UuidCreator;

import dev.offstage.storage.SqlInstants;
import dev.offstage.storage.StorageException;

/** Who of the operators did what, and when: written in the transaction that does it. */
@ApplicationScoped
public class AuditLog {

    /**
     * What an operator did.
     *
     * @param target such as {@code job 0198…} or {@code type welcome-email}
     * @param jobs how many it touched so far; null where there is nothing to count
     */
    public record Entry(UUID id, Instant at, String operator, String action, String target, Long jobs) {}

    private static final String WRITE = """
            insert into audit_entry (id, at, operator, action, target, jobs) values (?, now(), ?, ?, ?, ?)
            """;
    private static final String ADD = "update audit_entry set jobs = jobs + ? where id = ?";
    private static final String READ = """
            select id, at, operator, action, target, jobs from audit_entry
            where ?::uuid is null or id < ? order by id desc limit ?
            """;

    private final AgroalDataSource dataSource;

    AuditLog(AgroalDataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** @return the entry's id, for {@link #add} */
    public UUID write(Connection connection, String operator, String action, String target, Long jobs)
            throws SQLException {
        UUID id = UuidCreator.getTimeOrderedEpochPlus1();
        try (PreparedStatement statement = connection.prepareStatement(WRITE)) {
            statement.setObject(1, id);
            statement.setString(2, operator);
            statement.setString(3, action);
            statement.setString(4, target);
            statement.setObject(5, jobs);
            statement.executeUpdate();
        }
        return id;
    }

    /** Adds to the number of jobs of an entry, for an action that takes several transactions. */
    void add(Connection connection, UUID entry, long jobs) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ADD)) {
            statement.setLong(1, jobs);
            statement.setObject(2, entry);
            statement.executeUpdate();
        }
    }

    /**
     * Newest first.
     *
     * @param after older than this one; null for the newest
     */
    public List<Entry> read(UUID after, int limit) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(READ)) {
            statement.setObject(1, after);
            statement.setObject(2, after);
            statement.setInt(3, limit);
            List<Entry> entries = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    entries.add(new Entry(rows.getObject(1, UUID.class),
                            SqlInstants.get(rows, 2), rows.getString(3), rows.getString(4),
                            rows.getString(5), rows.getObject(6, Long.class)));
                }
            }
            return entries;
        } catch (SQLException e) {
            throw new StorageException("The audit log could not be read.", e);
        }
    }
}
