package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.StartupEvent;

import dev.offstage.config.Bounds;
import dev.offstage.config.JobSettings;
import dev.offstage.config.OffstageConfig;
import dev.offstage.config.RateLimit;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.PeriodicTask;
import dev.offstage.storage.Poll;
import dev.offstage.storage.StorageException;

/**
 * What holds for each lane in all workers: what operators have set, and the settings where they have not. Every process
 * looks for changes several times a second; they last over restarts.
 */
@Singleton
public class LaneControls {

    /**
     * What holds for a lane.
     *
     * @param concurrency how many jobs run at once in each worker
     * @param rateLimit across all workers; empty for none
     */
    public record LaneControl(boolean paused, int concurrency, Optional<RateLimit> rateLimit) {}

    /** Something about a lane has changed. */
    public record Changed() {}

    /** How many jobs of a type may run at once in a worker, at most. */
    public static final int MOST_AT_ONCE = Bounds.MOST_AT_ONCE;

    /** In {@code lane.rate_limit}: lifts the limit of the settings. */
    private static final String NONE = "none";
    private static final Duration LOOK_EVERY = Duration.ofMillis(250);
    private static final String READ = "select type, paused, concurrency, rate_limit from lane";
    private static final String PAUSE = """
            insert into lane (type, paused) values (?, ?) on conflict (type) do update set paused = excluded.paused
            """;
    private static final String LIMIT = """
            insert into lane (type, concurrency, rate_limit) values (?, ?, ?)
            on conflict (type) do update set concurrency = excluded.concurrency, rate_limit = excluded.rate_limit
            """;

    private final AgroalDataSource dataSource;
    private final OffstageConfig config;
    private final Event<Changed> changed;
    private final PeriodicTask looking;
    private final Poll poll;
    private volatile Map<String, LaneControl> holding = Map.of();

    LaneControls(AgroalDataSource dataSource, OffstageConfig config, Event<Changed> changed,
            Dependencies dependencies, Poll poll) {
        this.poll = poll;
        this.dataSource = dataSource;
        this.config = config;
        this.changed = changed;
        this.looking = new PeriodicTask("lane-controls", LOOK_EVERY, dataSource, dependencies.postgresql(), this::look);
    }

    void start(@Observes StartupEvent event) {
        looking.startWhenChanged(poll, "(select sum(hashtextextended(lane::text, 0)) from lane)");
    }

    /** As of the last look; {@link Changed} is fired when it becomes different. */
    public LaneControl of(String type) {
        LaneControl control = holding.get(type);
        return control == null ? configured(config.jobs().get(type)) : control;
    }

    /** No job of the type starts from now on; those that run go on to their end. */
    public void pause(String type) {
        write(PAUSE, type, true);
    }

    public void resume(String type) {
        write(PAUSE, type, false);
    }

    /**
     * Sets limits in place of those that hold.
     *
     * @param concurrency null for that of the settings
     * @param rateLimit null for that of the settings; an empty one for none
     */
    public void limit(String type, Integer concurrency, Optional<RateLimit> rateLimit) {
        write(LIMIT, type, concurrency,
                rateLimit == null ? null : rateLimit.map(RateLimit::toString).orElse(NONE));
    }

    private void write(String sql, Object... values) {
        try (Connection connection = dataSource.getConnection(); var statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.executeUpdate();
        } catch (SQLException e) {
            throw new StorageException("The lane could not be changed.", e);
        }
    }

    /** What holds for each lane, as PostgreSQL says it right now. */
    public Map<String, LaneControl> read() {
        try (Connection connection = dataSource.getConnection()) {
            return read(connection);
        } catch (SQLException e) {
            throw new StorageException("The lanes could not be read.", e);
        }
    }

    private Map<String, LaneControl> read(Connection connection) throws SQLException {
        Map<String, LaneControl> controls = new HashMap<>();
        config.jobs().forEach((type, settings) -> controls.put(type, configured(settings)));
        try (var statement = connection.createStatement(); var rows = statement.executeQuery(READ)) {
            while (rows.next()) {
                boolean paused = rows.getBoolean(2);
                Integer concurrency = rows.getObject(3, Integer.class);
                String rateLimit = rows.getString(4);
                controls.computeIfPresent(rows.getString(1),
                        (type, settings) -> overridden(settings, paused, concurrency, rateLimit));
            }
        }
        return controls;
    }

    private void look(Connection connection) throws SQLException {
        Map<String, LaneControl> now = read(connection);
        if (!now.equals(holding)) {
            holding = now;
            changed.fire(new Changed());
        }
    }

    private static LaneControl configured(JobSettings settings) {
        return new LaneControl(false, settings.concurrency(), settings.rateLimit());
    }

    private static LaneControl overridden(LaneControl settings, boolean paused, Integer concurrency, String rateLimit) {
        Optional<RateLimit> rate = NONE.equals(rateLimit)
                ? Optional.empty()
                : Optional.ofNullable(rateLimit).map(RateLimit::of).or(settings::rateLimit);
        return new LaneControl(paused, concurrency == null ? settings.concurrency() : concurrency, rate);
    }

    @PreDestroy
    void close() {
        looking.close();
    }
}
