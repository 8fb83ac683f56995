package dev.offstage.queue.ladder;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import jakarta.inject.Singleton;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import dev.offstage.queue.Topics;

/** For Prometheus: how long after they were due records left each rung of the ladder. Used by the ladder's thread alone. */
@Singleton
class RungLateness {

    private static final Duration[] BUCKETS = {Duration.ofMillis(5), Duration.ofMillis(10), Duration.ofMillis(20),
            Duration.ofMillis(50), Duration.ofMillis(100), Duration.ofMillis(500), Duration.ofSeconds(1),
            Duration.ofSeconds(10), Duration.ofMinutes(1)};

    private final MeterRegistry registry;
    private final Map<String, Timer> byRung = new HashMap<>();

    RungLateness(MeterRegistry registry) {
        this.registry = registry;
    }

    /** A record that does not say when it was due was not late. */
    void sent(ConsumerRecord<byte[], byte[]> record, long nowMillis) {
        long dueAt = WaitingRoom.dueAt(record);
        long late = dueAt == 0 ? 0 : Math.max(0, nowMillis - dueAt);
        byRung.computeIfAbsent(Topics.rungOf(record.topic()), this::timer).record(late, TimeUnit.MILLISECONDS);
    }

    private Timer timer(String rung) {
        return Timer.builder("offstage.ladder.lateness")
                .description("How long after they were due jobs left a rung")
                .tag("rung", rung)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }
}
