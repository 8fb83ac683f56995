package dev.offstage.job.ledger;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Singleton;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import dev.offstage.job.JobTypes;

/**
 * What this process did to jobs, for Prometheus. The series differ in the type and in how an attempt ended, and in nothing that
 * has no end, such as ids and errors; all of them are there from the start, so that a first dead letter is a rise from 0.
 */
@Singleton
class JobMetrics {

    /** From what a handler takes that does nothing to what a report may take. */
    private static final Duration[] BUCKETS = {Duration.ofMillis(5), Duration.ofMillis(10), Duration.ofMillis(25),
            Duration.ofMillis(50), Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofMillis(500),
            Duration.ofSeconds(1), Duration.ofMillis(2_500), Duration.ofSeconds(5), Duration.ofSeconds(10),
            Duration.ofSeconds(30), Duration.ofMinutes(1), Duration.ofMinutes(5)};
    private static final Map<Class<? extends Settlement>, String> OUTCOMES = Map.of(
            Settlement.Completed.class, "completed",
            Settlement.Retried.class, "failed",
            Settlement.Died.class, "dead",
            Settlement.Cancelled.class, "cancelled",
            Settlement.GivenBack.class, "given-back");

    private record Meters(Counter enqueued, Timer waits, Map<Class<? extends Settlement>, Timer> attempts) {}

    private final Map<String, Meters> byType = new HashMap<>();

    private final boolean traced;

    JobMetrics(MeterRegistry registry, JobTypes types,
            @ConfigProperty(name = "quarkus.otel.sdk.disabled") boolean untraced) {
        this.traced = !untraced;
        types.all().forEach(type -> byType.put(type.name(), meters(registry, type.name())));
    }

    private static Meters meters(MeterRegistry registry, String type) {
        Map<Class<? extends Settlement>, Timer> attempts = new HashMap<>();
        OUTCOMES.forEach((settlement, outcome) -> attempts.put(settlement,
                Timer.builder("offstage.job.attempts")
                        .description("How long attempts took, by how they ended")
                        .tags("type", type, "outcome", outcome)
                        .serviceLevelObjectives(BUCKETS)
                        .register(registry)));
        return new Meters(
                Counter.builder("offstage.jobs.enqueued")
                        .description("Jobs that this process committed")
                        .tag("type", type)
                        .register(registry),
                Timer.builder("offstage.job.waits")
                        .description("How long jobs were in the queue until an attempt began")
                        .tag("type", type)
                        .serviceLevelObjectives(BUCKETS)
                        .register(registry),
                attempts);
    }

    void enqueued(@Observes(during = TransactionPhase.AFTER_SUCCESS) JobsEnqueued event) {
        event.jobs().forEach(job -> byType.get(job.type()).enqueued.increment());
    }

    /** @param queuedAt by the broker's clock, which may differ a little */
    void began(Claim claim, Instant queuedAt) {
        Duration wait = Duration.between(queuedAt, claim.startedAt());
        byType.get(claim.delivery().type()).waits.record(wait.isNegative() ? Duration.ZERO : wait);
    }

    void ended(Settlement settlement, Instant at) {
        Claim claim = settlement.claim();
        Timer attempts = byType.get(claim.delivery().type()).attempts.get(settlement.getClass());
        Duration took = Duration.between(claim.startedAt(), at);
        if (traced) { // an example of each bucket leads to its trace
            TraceParent.context(claim.delivery().traceparent()).wrap(() -> attempts.record(took)).run();
        } else {
            attempts.record(took);
        }
    }
}
