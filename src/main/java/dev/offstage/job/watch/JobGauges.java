package dev.offstage.job.watch;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.quarkus.runtime.StartupEvent;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.job.JobState;
import dev.offstage.job.JobTypes;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.PeriodicTask;

/** How jobs stand in PostgreSQL, for Prometheus. Each relay says the same, so take the highest and not the sum. */
@Singleton
class JobGauges {

    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
    private static final String DUE_SINCE = "select min(publish_at) from outbox where publish_at <= now()";

    private final JobCounts counts;
    private final JobTypes types;
    private final Clock clock;
    private final MultiGauge jobs;
    private final MeterRegistry registry;
    private final OutboxLag outboxLag;
    private final boolean works;
    private final PeriodicTask looking;

    JobGauges(JobCounts counts, JobTypes types, Clock clock, MeterRegistry registry, OffstageConfig config,
            AgroalDataSource dataSource, Dependencies dependencies) {
        this.counts = counts;
        this.types = types;
        this.clock = clock;
        this.jobs = MultiGauge.builder("offstage.jobs").description("Jobs by type and state").register(registry);
        this.registry = registry;
        this.outboxLag = new OutboxLag(clock.instant());
        this.works = config.has(Role.RELAY);
        this.looking = new PeriodicTask("gauges", LOOK_EVERY, dataSource, dependencies.postgresql(), this::look);
    }

    void start(@Observes StartupEvent event) {
        if (works) {
            Gauge.builder("offstage.outbox.lag", outboxLag, lag -> lag.seconds(clock.instant()))
                    .description("For how long the job has been due that a relay has to bring to Kafka next")
                    .baseUnit("seconds")
                    .strongReference(true)
                    .register(registry);
            looking.start();
        }
    }

    private void look(Connection connection) throws SQLException {
        Map<String, Map<JobState, Long>> byType = counts.byType(connection);
        List<Row<?>> jobRows = new ArrayList<>();
        for (JobTypes.Entry<?> type : types.all()) {
            Tags tags = Tags.of("type", type.name());
            Map<JobState, Long> states = byType.getOrDefault(type.name(), Map.of());
            for (JobState state : JobState.values()) {
                jobRows.add(Row.of(tags.and("state", state.label()), states.getOrDefault(state, 0L)));
            }
        }
        jobs.register(jobRows, true);
        outboxLag.seen(dueSince(connection), clock.instant());
    }

    private static Instant dueSince(Connection connection) throws SQLException {
        try (var statement = connection.createStatement(); ResultSet row = statement.executeQuery(DUE_SINCE)) {
            row.next();
            OffsetDateTime due = row.getObject(1, OffsetDateTime.class);
            return due == null ? null : due.toInstant();
        }
    }

    @PreDestroy
    void close() {
        looking.close();
    }
}
