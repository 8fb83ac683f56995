package dev.offstage.job.watch;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;

import dev.offstage.job.ledger.AttemptMinutes;
import dev.offstage.job.ledger.RunTime;
import dev.offstage.storage.StorageException;

/** How many attempts ended in each minute and how long they took, as {@link AttemptMinutes} counts them. */
@Singleton
public class AttemptHistory {

    /**
     * One minute of a type.
     *
     * @param failed attempts that are tried again
     * @param dead attempts that were the last
     * @param median of the run times of all these
     * @param p99 of the same
     */
    public record Minute(Instant start, long completed, long failed, long dead, Duration median, Duration p99) {

        /** Whether at least half of the attempts failed. */
        public boolean mostlyFailed() {
            return failed + dead > 0 && failed + dead >= completed;
        }
    }

    private static final double MEDIAN = 0.5;
    private static final double SLOW = 0.99;
    private static final String READ = """
            select type, minute, outcome, bucket, attempts from attempt_minute where minute >= ? order by minute
            """;

    private final AgroalDataSource dataSource;

    AttemptHistory(AgroalDataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** By type: the minutes since then in which attempts ended, oldest first. */
    public Map<String, List<Minute>> since(Instant start) {
        Map<String, SortedMap<Instant, Bucketed>> found = new TreeMap<>();
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(READ)) {
            statement.setObject(1, start.truncatedTo(ChronoUnit.MINUTES).atOffset(ZoneOffset.UTC));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.computeIfAbsent(rows.getString(1), type -> new TreeMap<>())
                            .computeIfAbsent(rows.getObject(2, OffsetDateTime.class).toInstant(),
                                    minute -> new Bucketed())
                            .add(rows.getString(3), rows.getInt(4), rows.getLong(5));
                }
            }
        } catch (SQLException e) {
            throw new StorageException("The history could not be read.", e);
        }
        Map<String, List<Minute>> history = new TreeMap<>();
        found.forEach((type, minutes) -> {
            List<Minute> all = new ArrayList<>();
            minutes.forEach((minute, ended) -> all.add(ended.in(minute)));
            history.put(type, all);
        });
        return history;
    }

    /** What ended in a minute. */
    private static final class Bucketed {

        private final Map<String, Long> byEnd = new HashMap<>();
        private final SortedMap<Integer, Long> byRunTime = new TreeMap<>();

        void add(String end, int bucket, long attempts) {
            byEnd.merge(end, attempts, Long::sum);
            byRunTime.merge(bucket, attempts, Long::sum);
        }

        Minute in(Instant start) {
            return new Minute(start, count(AttemptMinutes.Ended.COMPLETED), count(AttemptMinutes.Ended.FAILED),
                    count(AttemptMinutes.Ended.DEAD),
                    RunTime.percentile(byRunTime, MEDIAN), RunTime.percentile(byRunTime, SLOW));
        }

        private long count(AttemptMinutes.Ended end) {
            return byEnd.getOrDefault(end.label(), 0L);
        }
    }
}
