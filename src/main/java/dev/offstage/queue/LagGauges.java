package dev.offstage.queue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import org.jboss.logging.Logger;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.quarkus.runtime.StartupEvent;

import dev.offstage.background.BackgroundThread;
import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;

/** What waits in Kafka, for Prometheus. Each relay says the same, so take the highest and not the sum. */
@Singleton
class LagGauges {

    private static final Logger LOG = Logger.getLogger(LagGauges.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(10);

    private final ConsumerLag lag;
    private final Topics topics;
    private final MultiGauge lanes;
    private final MultiGauge rungs;
    private final MultiGauge oldest;
    private final Clock clock;
    private final boolean works;
    private final BackgroundThread thread = new BackgroundThread("lag", LOOK_EVERY, this::look);

    LagGauges(ConsumerLag lag, Topics topics, MeterRegistry registry, OffstageConfig config, Clock clock) {
        this.clock = clock;
        this.works = config.has(Role.RELAY);
        this.lag = lag;
        this.topics = topics;
        this.lanes = MultiGauge.builder("offstage.lane.lag")
                .description("Consumer lag: records of the queue that its lane has not committed")
                .register(registry);
        this.rungs = MultiGauge.builder("offstage.ladder.waiting")
                .description("Jobs that wait on a rung")
                .register(registry);
        this.oldest = MultiGauge.builder("offstage.jobs.oldest")
                .description("For how long the job has been in Kafka that has waited longest for a worker")
                .baseUnit("seconds")
                .register(registry);
    }

    void start(@Observes StartupEvent event) {
        if (works) {
            thread.startWithPause();
        }
    }

    private void look() throws InterruptedException {
        try {
            List<Row<?>> laneRows = new ArrayList<>();
            List<Row<?>> oldestRows = new ArrayList<>();
            Map<String, Instant> since = lag.oldest();
            Instant now = clock.instant();
            lag.ofLanes().forEach((type, records) -> {
                laneRows.add(Row.of(Tags.of("type", type), records));
                oldestRows.add(Row.of(Tags.of("type", type),
                        Duration.between(since.getOrDefault(type, now), now).toMillis() / 1e3));
            });
            List<Row<?>> rungRows = new ArrayList<>();
            lag.ofRungs(topics.retryTopics().keySet())
                    .forEach((topic, records) -> rungRows.add(Row
                            .of(Tags.of("type", Topics.typeOf(topic), "rung", Topics.rungOf(topic)), records)));
            lanes.register(laneRows, true);
            oldest.register(oldestRows, true);
            rungs.register(rungRows, true);
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("Kafka does not say what waits; whoever needs it says that it is gone", e);
            forget();
        }
    }

    /** No figure is better than one that stands still. */
    private void forget() {
        lanes.register(List.of(), true);
        rungs.register(List.of(), true);
        oldest.register(List.of(), true);
    }

    @PreDestroy
    void close() {
        thread.close();
    }
}
