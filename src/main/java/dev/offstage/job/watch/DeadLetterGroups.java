package dev.offstage.job.watch;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;

import dev.offstage.storage.StorageException;

/** The dead letters by type and cause: thousands of them mostly have one cause. */
@Singleton
public class DeadLetterGroups {

    /**
     * Dead letters that died of the same.
     *
     * @param cause its class and message, with a star for each address, id and number in it; as a {@link JobFilter} takes it
     * @param firstAt when the first of them died
     * @param lastAt when the last of them died
     */
    public record Group(String type, String cause, long jobs, Instant firstAt, Instant lastAt) {}

    /** The newest so many are looked at. */
    public static final int MOST_READ = 10_000;

    private static final String READ = """
            select type, cause, count(*), min(failed_at), max(failed_at)
            from (
                select job.type, failed_at, error_cause(error_class, error_message) as cause
                from (select job_id as id, type from listed_job where state = 'dead' order by job_id desc limit ?) as job
                cross join lateral (
                    select failed_at, error_class, error_message from job_failure where job_id = job.id
                    order by failed_at desc, attempt desc limit 1) as latest
            ) as dead
            group by type, cause order by max(failed_at) desc limit ?
            """;

    private final AgroalDataSource dataSource;

    DeadLetterGroups(AgroalDataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** @param limit how many groups at most; the one that grew last comes first */
    public List<Group> read(int limit) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(READ)) {
            statement.setInt(1, MOST_READ);
            statement.setInt(2, limit);
            List<Group> groups = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    groups.add(new Group(rows.getString(1), rows.getString(2), rows.getLong(3),
                            rows.getObject(4, OffsetDateTime.class).toInstant(),
                            rows.getObject(5, OffsetDateTime.class).toInstant()));
                }
            }
            return groups;
        } catch (SQLException e) {
            throw new StorageException("The dead letters could not be grouped.", e);
        }
    }
}
