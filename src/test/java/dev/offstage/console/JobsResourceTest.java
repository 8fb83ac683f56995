package dev.offstage.console;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.nullValue;

import java.util.UUID;

import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.JobState;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class JobsResourceTest {

    @Test
    void aJobShowsWhatTheContractNames() {
        UUID id = TestJobs.enqueue(Script.failsFirst(1));
        TestJobs.await(id, JobState.COMPLETED);

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
                .body("$", hasKey("progress"))
                .body("progress", nullValue());
    }
}
