package dev.offstage.console;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;

import java.util.UUID;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.JobState;
import dev.offstage.job.watch.ReportedProgress;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class JobsResourceIT {

    @Test
    void aJobShowsWhatTheContractNames() {
        UUID id = TestJobs.enqueue(Script.failsFirst(1));
        TestJobs.await(id, JobState.COMPLETED);
        Awaitility.await().until(() -> progress(id) == 2);

        given().auth()
                .preemptive()
                .basic("operator", OffstageResource.PASSWORD)
                .get("/jobs/" + id)
                .then()
                .statusCode(200)
                .body("id", equalTo(id.toString()))
                .body("state", equalTo("completed"))
                .body("attempt", equalTo(2))
                .body("failures.attempt[0]", equalTo(1))
                .body("failures[0]", hasKey("startedAt"))
                .body("$", hasKey("startedAt"))
                .body("$", hasKey("finishedAt"))
                .body("progress.total", equalTo(3));
    }

    /** It is written with a delay. */
    private static long progress(UUID id) {
        ReportedProgress progress = QuarkusTransaction.requiringNew().call(() -> ReportedProgress.findById(id));
        return progress == null ? 0 : progress.done;
    }
}
