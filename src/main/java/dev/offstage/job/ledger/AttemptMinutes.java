package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.PeriodicTask;
import dev.offstage.storage.SqlArrays;

/**
 * Counts how many attempts end in each minute and how long they take. Kept in memory and added to PostgreSQL every few seconds: a
 * crash costs the charts those counts, and the jobs nothing.
 */
@Singleton
public class AttemptMinutes {

    /** How an attempt ended. */
    public enum Ended {
        COMPLETED, FAILED, DEAD;

        /** As in PostgreSQL. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private record Key(String type, Instant minute, Ended ended, int bucket) {}

    private static final Duration WRITE_EVERY = Duration.ofSeconds(2);
    private static final Duration KEPT = Duration.ofHours(25);
    private static final Duration FORGET_EVERY = Duration.ofMinutes(10);
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

    private final Clock clock;
    private final boolean works;
    private final PeriodicTask writing;
    private final ConcurrentMap<Key, LongAdder> counts = new ConcurrentHashMap<>();
    private Instant forgotten = Instant.EPOCH;

    AttemptMinutes(AgroalDataSource dataSource, Clock clock, OffstageConfig config, Dependencies dependencies) {
        this.clock = clock;
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
            ended(settlement.claim(), Ended.COMPLETED, completed.at());
        } else if (settlement instanceof Settlement.Retried retried) {
            ended(settlement.claim(), Ended.FAILED, retried.failure().failedAt());
        } else if (settlement instanceof Settlement.Died died) {
            ended(settlement.claim(), Ended.DEAD, died.failure().failedAt());
        }
    }

    private void ended(Claim claim, Ended end, Instant at) {
        Key key = new Key(claim.delivery().type(), at.truncatedTo(ChronoUnit.MINUTES), end,
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
            arrays.add("text", rows, row -> row.getKey().ended.label());
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

    @PreDestroy
    void close() {
        writing.close();
    }
}
