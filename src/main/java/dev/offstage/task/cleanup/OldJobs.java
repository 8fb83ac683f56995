package dev.offstage.task.cleanup;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

import dev.offstage.config.CleanupSettings;
import dev.offstage.storage.SqlInstants;

import javax.sql.DataSource;

/**
 * Jobs that ended long ago. Their ids are times (UUID v7, RFC 9562), so they are found along the primary key, from the oldest
 * on; an index of their own would cost every job that ends. Other programs may give their jobs any ids: those that stand for
 * times in the future are looked through, too, and one that stands for a recent time is reached when that time is long ago.
 */
final class OldJobs implements Cleanup.Removal {

    /** The jobs after one id, up to another. */
    private record Range(UUID after, UUID upTo) {}

    private static final int BATCH = 1_000;
    private static final UUID FIRST = new UUID(0, 0);
    private static final UUID LAST = new UUID(-1, -1);
    private static final Duration FUTURE = Duration.ofDays(1);

    /** Tables with rows for few jobs, and their columns with a job's id: each is looked into once for a page. */
    static final Map<String, String> OF_JOBS = new TreeMap<>(Map.of("job_failure", "job_id", "job_result", "job_id",
            "job_progress", "job_id", "job_batch", "job_id", "batch_member", "job_id", "cancellation", "job_id",
            "foreign_job", "job_id", "report", "id"));
    private static final String REMOVE_OF_JOBS = """
            of_%1$s as (
                delete from %1$s
                where %2$s > (select after from page_bounds) and %2$s <= (select up_to from page_bounds)
                      and %2$s in (select id from old)
            ),
            """;

    /** A dead letter that is not on its topic yet stays, and so does what somebody else has locked. */
    private static final String REMOVE = """
            with page as materialized (
                select id from job where id > ? and id <= ? order by id limit ?
            ), page_bounds as materialized (
                select ?::uuid as after, (select id from page order by id desc limit 1) as up_to
            ), on_their_way as materialized (
                select unnest(jobs) as id from outbox where dead_letters
            ), old as materialized (
                select job.id from job join page using (id)
                where (state <> 'dead' or job.id not in (select id from on_their_way))
                  and (state = 'completed' and finished_at < ?
                       or state = 'cancelled' and finished_at < ?
                       or state = 'dead' and finished_at < ?)
                for update of job skip locked
            ),
            %s
            removed as (
                delete from job where id = any(array(select id from old))
            )
            select (select up_to from page_bounds), (select count(*) from page), (select count(*) from old)
            """.formatted(OF_JOBS.entrySet()
            .stream()
            .map(table -> REMOVE_OF_JOBS.formatted(table.getKey(), table.getValue()))
            .collect(Collectors.joining()));

    private final DataSource dataSource;
    private final Instant completedBefore;
    private final Instant cancelledBefore;
    private final Instant deadBefore;
    private final Deque<Range> ranges;
    private long seen;
    private long removed;

    OldJobs(DataSource dataSource, CleanupSettings kept, Instant now) {
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
            statement.setObject(4, range.after);
            SqlInstants.set(statement, 5, completedBefore);
            SqlInstants.set(statement, 6, cancelledBefore);
            SqlInstants.set(statement, 7, deadBefore);
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
