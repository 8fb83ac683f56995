package dev.offstage.queue;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.matchesPattern;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;

import dev.offstage.job.JobState;
import dev.offstage.job.NewJob;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

/** Kafka and PostgreSQL are stopped under load and started again. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class OutageIT {

    @Test
    void invariant1ASignUpSucceedsWithAllOfItsJobsWhileKafkaIsDown() throws Exception {
        OffstageResource.parts().kafka().stop();
        List<UUID> jobs;
        try {
            jobs = IntStream.range(0, 20).mapToObj(i -> signUp()).flatMap(List::stream).toList();
        } finally {
            OffstageResource.parts().kafka().start();
        }

        assertThat(jobs).hasSize(40);
        jobs.forEach(job -> TestJobs.await(job, JobState.COMPLETED));
    }

    @Test
    void invariant5AnOutageOfKafkaUsesUpNoAttempt() throws Exception {
        String gate = UUID.randomUUID().toString();
        List<UUID> jobs = enqueue(Script.waitsFor(gate), 20);
        TestJobs.awaitRuns(jobs.get(0), 1);

        OffstageResource.parts().kafka().stop();
        ScriptedHandler.open(gate);
        OffstageResource.parts().kafka().start();

        jobs.forEach(job -> TestJobs.await(job, JobState.COMPLETED));
        assertThat(jobs).allSatisfy(job -> assertThat(TestJobs.find(job).attempt).isEqualTo(1));
    }

    @Test
    void invariant5AnOutageOfPostgresqlUsesUpNoAttempt() throws Exception {
        String gate = UUID.randomUUID().toString();
        List<UUID> jobs = enqueue(Script.waitsFor(gate), 20);
        TestJobs.awaitRuns(jobs.get(0), 1);

        OffstageResource.parts().postgresql().stop();
        try {
            ScriptedHandler.open(gate);
            given().contentType(ContentType.JSON)
                    .body(Map.of("email", "ada@example.com", "name", "Ada"))
                    .post("/signup")
                    .then()
                    .statusCode(503)
                    .contentType("application/problem+json")
                    .header("Retry-After", matchesPattern("\\d+"));
        } finally {
            OffstageResource.parts().postgresql().start();
        }

        jobs.forEach(job -> TestJobs.await(job, JobState.COMPLETED));
        assertThat(jobs).allSatisfy(job -> {
            assertThat(TestJobs.find(job).attempt).isEqualTo(1);
            assertThat(TestJobs.failures(job)).isEmpty();
        });
    }

    private static List<UUID> enqueue(Script script, int count) {
        return TestJobs.enqueue(IntStream.range(0, count)
                .mapToObj(i -> new NewJob("scripted", script, "key-" + i))
                .toList());
    }

    private static List<UUID> signUp() {
        return given().contentType(ContentType.JSON)
                .body(Map.of("email", "ada-" + UUID.randomUUID() + "@example.com", "name", "Ada"))
                .post("/signup")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath()
                .getList("jobs.id", UUID.class);
    }
}
