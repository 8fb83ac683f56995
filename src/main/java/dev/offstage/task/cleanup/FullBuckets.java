package dev.offstage.task.cleanup;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;

import javax.sql.DataSource;

/**
 * Token buckets of rate limits that are full again because nobody draws from them: each limit that a type ever had has one. A new one
 * takes its place when it is needed.
 */
final class FullBuckets implements Cleanup.Removal {

    private static final int BATCH = 1_000;
    /** Workers write by their own clocks when a bucket will be full. */
    private static final Duration CLOCKS_APART = Duration.ofHours(1);

    /** Those without a time were last drawn from by a release that wrote none. */
    private static final String REMOVE = """
            delete from rate_bucket where id in (
                select id from rate_bucket where coalesce(expires_at, 0) < ? order by id limit ? for update skip locked)
            """;

    private final DataSource dataSource;
    private final long before;
    private long removed;

    FullBuckets(DataSource dataSource, Instant now) {
        this.dataSource = dataSource;
        this.before = now.minus(CLOCKS_APART).toEpochMilli();
    }

    @Override
    public boolean removeSome() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(REMOVE)) {
            statement.setLong(1, before);
            statement.setInt(2, BATCH);
            int some = statement.executeUpdate();
            removed += some;
            return some == BATCH;
        }
    }

    /** How many are gone. */
    long removed() {
        return removed;
    }
}
