package dev.offstage.job.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.JobState;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class JobMetricsIT {

    @Inject
    MeterRegistry registry;

    @Test
    void eachAttemptIsCountedOnceUnderHowItEnded() {
        double enqueued = registry.get("offstage.jobs.enqueued").tag("type", "scripted").counter().count();
        long completed = attempts("completed");
        long failed = attempts("failed");
        long dead = attempts("dead");
        long waits = registry.get("offstage.job.waits").tag("type", "scripted").timer().count();

        TestJobs.await(TestJobs.enqueue(new Script(2, "passing", null)), JobState.COMPLETED);
        TestJobs.await(TestJobs.enqueue(Script.fails("permanent")), JobState.DEAD);

        await().untilAsserted(() -> {
            assertThat(attempts("completed") - completed).isEqualTo(1);
            assertThat(attempts("failed") - failed).isEqualTo(2);
            assertThat(attempts("dead") - dead).isEqualTo(1);
        });
        assertThat(registry.get("offstage.jobs.enqueued").tag("type", "scripted").counter().count() - enqueued)
                .isEqualTo(2);
        assertThat(registry.get("offstage.job.waits").tag("type", "scripted").timer().count() - waits).isEqualTo(4);
    }

    private long attempts(String outcome) {
        return registry.get("offstage.job.attempts").tags("type", "scripted", "outcome", outcome).timer().count();
    }
}
