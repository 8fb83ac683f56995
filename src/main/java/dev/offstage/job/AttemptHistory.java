package dev.offstage.job;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.StartupEvent;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.health.Dependencies;
import dev.offstage.storage.PeriodicTask;
import dev.offstage.storage.SqlArrays;
import dev.offstage.storage.StorageException;

/**
 * How many attempts ended in each minute and how long they took. Kept in memory and added to PostgreSQL every few seconds: a
 * crash costs the charts those, and the jobs nothing.
 */
@Singleton
public class AttemptHistory {

    /** How an attempt ended. */
    public enum Outcome {
        COMPLETED, FAILED, DEAD;

        private final String label = name().toLowerCase(Locale.ROOT);
    }

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

    private record Key(String type, Instant minute, Outcome outcome, int bucket) {}

    private static final Duration WRITE_EVERY = Duration.ofSeconds(2);
    private static final Duration KEPT = Duration.ofHours(25);
    private static final Duration FORGET_EVERY = Duration.ofMinutes(10);
    private static final double MEDIAN = 0.5;
    private static final double SLOW = 0.99;
    private static final String ADD = """
            insert into attempt_minute (type, minute, outcome, bucket, attempts)
            select * from unnest(?::text[], ?::timestamptz[], ?::text[], ?::int2[], ?::int8[])
            order by 1, 2, 3, 4
            on conflict (minute, type, outcome, bucket)
            do update set attempts = attempt_minute.attempts + excluded.attempts
            """;
    /** The oldest hour, and no more at once. */
    private static final String FORGET = """
            delete from attempt_minute
            where minute < least(?, (select min(minute) from attempt_minute) + interval '1 hour')
            """;
    private static final String READ = """
            select type, minute, outcome, bucket, attempts from attempt_minute where minute >= ? order by minute
            """;

    private final AgroalDataSource dataSource;
    private final Clock clock;
    private final boolean works;
    private final PeriodicTask writing;
    private final ConcurrentMap<Key, LongAdder> counts = new ConcurrentHashMap<>();
    private Instant forgotten = Instant.EPOCH;

    AttemptHistory(AgroalDataSource dataSource, Clock clock, OffstageConfig config, Dependencies dependencies) {
        this.clock = clock;
        this.dataSource = dataSource;
        this.works = config.has(Role.WORKER);
        this.writing = new PeriodicTask("history", WRITE_EVERY, dataSource, dependencies.postgresql(), this::write);
    }

    void start(@Observes StartupEvent event) {
        if (works) {
            writing.start();
        }
    }

    /** An attempt that was given back or cancelled says nothing about its type. */
    void settled(Settlement settlement) {
        if (settlement instanceof Settlement.Completed completed) {
            ended(settlement.claim(), Outcome.COMPLETED, completed.at());
        } else if (settlement instanceof Settlement.Retried retried) {
            ended(settlement.claim(), Outcome.FAILED, retried.failure().failedAt());
        } else if (settlement instanceof Settlement.Died died) {
            ended(settlement.claim(), Outcome.DEAD, died.failure().failedAt());
        }
    }

    private void ended(Claim claim, Outcome outcome, Instant at) {
        Key key = new Key(claim.delivery().type(), at.truncatedTo(ChronoUnit.MINUTES), outcome,
                RunTime.bucket(Duration.between(claim.startedAt(), at)));
        counts.computeIfAbsent(key, missing -> new LongAdder()).increment();
    }

    private void write(Connection connection) throws SQLException {
        Map<Key, Long> taken = new HashMap<>();
        counts.forEach((key, count) -> taken.put(key, count.sumThenReset()));
        taken.values().removeIf(attempts -> attempts == 0);
        try {
            add(connection, List.copyOf(taken.entrySet()));
        } catch (SQLException e) {
            taken.forEach((key, attempts) -> counts.get(key).add(attempts));
            throw e;
        }
        forget(connection, clock.instant());
    }

    private static void add(Connection connection, List<Map.Entry<Key, Long>> rows) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(ADD)) {
            SqlArrays arrays = new SqlArrays(statement);
            arrays.add("text", rows, row -> row.getKey().type);
            arrays.add("timestamptz", rows, row -> row.getKey().minute);
            arrays.add("text", rows, row -> row.getKey().outcome.label);
            arrays.add("int2", rows, row -> (short) row.getKey().bucket);
            arrays.add("int8", rows, Map.Entry::getValue);
            statement.executeUpdate();
        }
    }

    private void forget(Connection connection, Instant now) throws SQLException {
        if (now.isBefore(forgotten.plus(FORGET_EVERY))) {
            return;
        }
        counts.keySet().removeIf(key -> key.minute.isBefore(now.minus(KEPT)));
        try (PreparedStatement statement = connection.prepareStatement(FORGET)) {
            statement.setObject(1, now.minus(KEPT).atOffset(ZoneOffset.UTC));
            statement.executeUpdate();
        }
        forgotten = now;
    }

    /** By type: the minutes since then in which attempts ended, oldest first. */
    public Map<String, List<Minute>> since(Instant start) {
        Map<String, SortedMap<Instant, Ended>> found = new TreeMap<>();
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(READ)) {
            statement.setObject(1, start.truncatedTo(ChronoUnit.MINUTES).atOffset(ZoneOffset.UTC));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.computeIfAbsent(rows.getString(1), type -> new TreeMap<>())
                            .computeIfAbsent(rows.getObject(2, OffsetDateTime.class).toInstant(), minute -> new Ended())
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
    private static final class Ended {

        private final Map<String, Long> byOutcome = new HashMap<>();
        private final SortedMap<Integer, Long> byRunTime = new TreeMap<>();

        void add(String outcome, int bucket, long attempts) {
            byOutcome.merge(outcome, attempts, Long::sum);
            byRunTime.merge(bucket, attempts, Long::sum);
        }

        Minute in(Instant start) {
            return new Minute(start, count(Outcome.COMPLETED), count(Outcome.FAILED), count(Outcome.DEAD),
                    RunTime.percentile(byRunTime, MEDIAN), RunTime.percentile(byRunTime, SLOW));
        }

        private long count(Outcome outcome) {
            return byOutcome.getOrDefault(outcome.label, 0L);
        }
    }

    @PreDestroy
    void close() {
        writing.close();
    }
}
