package dev.offstage.task.cleanup;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.UUID;

import dev.offstage.config.OffstageConfig;

import javax.sql.DataSource;

/**
 * Jobs that ended long ago. Their ids are times (UUID v7, RFC 9562), so they are found along the primary key, from the oldest on;
 * an index of their own would cost every job that ends. Other programs may give their jobs any ids: those beyond the present are looked
 * through, too, and the few that are none of both when their time has come.
 */
final class OldJobs implements Cleanup.Removal {

    /** The jobs after one id, up to another. */
    private record Range(UUID after, UUID upTo) {}

    private static final int BATCH = 1_000;
    private static final UUID FIRST = new UUID(0, 0);
    private static final UUID LAST = new UUID(-1, -1);
    private static final Duration FUTURE = Duration.ofDays(1);

    /** A dead letter that is not on its topic yet stays, and so does what somebody else has locked. */
    private static final String REMOVE = """
            with page as materialized (
                select id from job where id > ? and id <= ? order by id limit ?
            ), on_their_way as materialized (
                select unnest(jobs) as id from outbox where dead_letters
            ), old as materialized (
                select job.id from job join page using (id)
                where (state <> 'dead' or job.id not in (select id from on_their_way))
                  and (state = 'completed' and finished_at < ?
                       or state = 'cancelled' and finished_at < ?
                       or state = 'dead' and finished_at < ?)
                for update of job skip locked
            ), removed as (
                delete from job using old where job.id = old.id
            ), names as (
                delete from foreign_job using old where foreign_job.job_id = old.id
            )
            select (select id from page order by id desc limit 1), (select count(*) from page), (select count(*) from old)
            """;

    private final DataSource dataSource;
    private final Instant completedBefore;
    private final Instant cancelledBefore;
    private final Instant deadBefore;
    private final Deque<Range> ranges;
    private long seen;
    private long removed;

    OldJobs(DataSource dataSource, OffstageConfig.Cleanup kept, Instant now) {
        this.dataSource = dataSource;
        this.completedBefore = now.minus(kept.completedAfter());
        this.cancelledBefore = now.minus(kept.cancelledAfter());
        this.deadBefore = now.minus(kept.deadAfter());
        Instant latest = Collections.max(List.of(completedBefore, cancelledBefore, deadBefore));
        this.ranges = new ArrayDeque<>(
                List.of(new Range(FIRST, firstId(latest)), new Range(firstId(now.plus(FUTURE)), LAST)));
    }

    /** The smallest id of that millisecond. */
    private static UUID firstId(Instant time) {
        return new UUID(time.toEpochMilli() << 16, 0);
    }

    @Override
    public boolean removeSome() throws SQLException {
        Range range = ranges.remove();
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(REMOVE)) {
            statement.setObject(1, range.after);
            statement.setObject(2, range.upTo);
            statement.setInt(3, BATCH);
            statement.setObject(4, completedBefore.atOffset(ZoneOffset.UTC));
            statement.setObject(5, cancelledBefore.atOffset(ZoneOffset.UTC));
            statement.setObject(6, deadBefore.atOffset(ZoneOffset.UTC));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                UUID last = row.getObject(1, UUID.class);
                int page = row.getInt(2);
                seen += page;
                removed += row.getInt(3);
                if (page == BATCH) {
                    ranges.addFirst(new Range(last, range.upTo));
                }
            }
        }
        return !ranges.isEmpty();
    }

    /** How many jobs were looked at. */
    long seen() {
        return seen;
    }

    /** How many of them are gone. */
    long removed() {
        return removed;
    }
}
