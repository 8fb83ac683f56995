package dev.offstage.queue.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.JobState;
import dev.offstage.job.NewJob;
import dev.offstage.testing.Management;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

/** Handlers that never return, and eat every interrupt. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class StubbornHandlerIT {

    private static final int CONCURRENCY = 8;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void theTimeoutSettlesThemAndTheLaneGoesOnWithItsFullConcurrency() {
        String stuck = UUID.randomUUID().toString();
        String together = UUID.randomUUID().toString();
        List<UUID> stubborn = enqueue(new Script(1, "stubborn", stuck));

        stubborn.forEach(job -> TestJobs.await(job, JobState.COMPLETED)); // by their second attempts
        List<UUID> others = enqueue(Script.waitsFor(together));
        others.forEach(job -> TestJobs.awaitRuns(job, 1)); // all at the same time, for none has ended
        assertThat(stubborn).allSatisfy(job -> assertThat(TestJobs.failures(job)).singleElement()
                .satisfies(failure -> assertThat(failure.errorMessage).contains("timeout of 5s")));
        assertStuck(CONCURRENCY);

        ScriptedHandler.open(together);
        others.forEach(job -> TestJobs.await(job, JobState.COMPLETED));
        ScriptedHandler.open(stuck);
        await().atMost(LIMIT).untilAsserted(() -> assertStuck(0));
        assertThat(stubborn).as("jobs whose late first attempt changed nothing")
                .allSatisfy(job -> assertThat(TestJobs.find(job).attempt).isEqualTo(2));
    }

    private static void assertStuck(int stuck) {
        Management.given()
                .get("/q/health/live")
                .then()
                .statusCode(200)
                .body("checks.find { it.name == 'Stuck attempts' }.data.stuck", equalTo(stuck));
    }

    private static List<UUID> enqueue(Script script) {
        return TestJobs.enqueue(IntStream.range(0, CONCURRENCY)
                .mapToObj(i -> new NewJob("scripted", script, "key-" + i))
                .toList());
    }
}
