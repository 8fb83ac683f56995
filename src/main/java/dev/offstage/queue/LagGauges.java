package dev.offstage.queue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    private final boolean works;
    private final BackgroundThread thread = new BackgroundThread("lag", LOOK_EVERY, this::look);

    LagGauges(ConsumerLag lag, Topics topics, MeterRegistry registry, OffstageConfig config) {
        this.works = config.has(Role.RELAY);
        this.lag = lag;
        this.topics = topics;
        this.lanes = MultiGauge.builder("offstage.lane.lag")
                .description("Consumer lag: records of the queue that its lane has not committed")
                .register(registry);
        this.rungs = MultiGauge.builder("offstage.ladder.waiting")
                .description("Jobs that wait on a rung")
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
            lag.ofLanes().forEach((type, records) -> laneRows.add(Row.of(Tags.of("type", type), records)));
            List<Row<?>> rungRows = new ArrayList<>();
            lag.ofRungs(topics.retryTopics().keySet())
                    .forEach((topic, records) -> rungRows.add(Row
                            .of(Tags.of("type", Topics.typeOf(topic), "rung", Topics.rungOf(topic)), records)));
            lanes.register(laneRows, true);
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
    }

    @PreDestroy
    void close() {
        thread.close();
    }
}
