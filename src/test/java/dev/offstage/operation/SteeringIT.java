package dev.offstage.operation;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.nullValue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

import jakarta.inject.Inject;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;

import dev.offstage.job.JobState;
import dev.offstage.job.NewJob;
import dev.offstage.job.ledger.LaneControls;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

/** What operators do to jobs and lanes. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class SteeringIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    LaneControls lanes;

    @AfterEach
    void resume() {
        post("/types/scripted/resume").statusCode(200).body("paused", equalTo(false));
        limit("{}").statusCode(200).body("concurrency", equalTo(8)).body("rateLimit", nullValue());
    }

    @Test
    void aJobThatWaitsIsCancelledAtOnce() {
        UUID scheduled = TestJobs.enqueue(Script.SUCCEEDS, Instant.now().plusSeconds(3_600));

        post("/jobs/" + scheduled + "/cancel").statusCode(200).body("state", equalTo("cancelled"));
        post("/jobs/" + scheduled + "/cancel").statusCode(409).body("detail", containsString("The job is cancelled."));
        assertThat(ScriptedHandler.runs(scheduled)).isEmpty();
    }

    @Test
    void aJobThatRunsIsInterruptedAndEndsAsCancelled() {
        UUID running = TestJobs.enqueue(Script.fails("hang"));
        TestJobs.awaitRuns(running, 1);

        post("/jobs/" + running + "/cancel").statusCode(200);

        assertThat(TestJobs.await(running, JobState.CANCELLED).finishedAt).isNotNull();
        assertThat(TestJobs.failures(running)).isEmpty();
        assertThat(ScriptedHandler.runs(running)).hasSize(1);
    }

    @Test
    void aJobThatClimbsTheLadderStaysCancelled() {
        UUID failing = TestJobs.enqueue(Script.fails("passing"));
        TestJobs.awaitRuns(failing, 3);
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> given().auth()
                        .preemptive()
                        .basic("operator", OffstageResource.PASSWORD)
                        .post("/jobs/" + failing + "/cancel")
                        .statusCode() == 200);

        TestJobs.await(failing, JobState.CANCELLED);
        UUID later = TestJobs.enqueue(Script.failsFirst(4)); // climbs as far as the record of the other has to go
        TestJobs.await(later, JobState.COMPLETED);
        assertThat(TestJobs.find(failing).state).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void aDeadLetterIsSentBackAsAFreshFirstAttempt() {
        UUID dead = TestJobs.enqueue(new Script(1, "permanent", null));
        TestJobs.await(dead, JobState.DEAD);

        post("/jobs/" + dead + "/redrive").statusCode(200).body("state", equalTo("queued")).body("attempt", equalTo(1));

        TestJobs.awaitRuns(dead, 2);
        TestJobs.await(dead, JobState.DEAD); // its script fails the first attempt
        assertThat(ScriptedHandler.runs(dead).stream().map(ScriptedHandler.Run::attempt)).containsExactly(1, 1);
        post("/jobs/" + dead + "/discard").statusCode(200).body("state", equalTo("cancelled"));
    }

    @Test
    void allDeadLettersOfAFilterAreSentBack() {
        String key = UUID.randomUUID().toString();
        List<UUID> dead = TestJobs.enqueue(IntStream.range(0, 1_200)
                .mapToObj(i -> new NewJob("scripted", new Script(1, "permanent", i < 1_100 ? null : "other"), key))
                .toList());
        ScriptedHandler.open("other");
        dead.forEach(id -> TestJobs.await(id, JobState.DEAD));

        String operation = given().auth()
                .preemptive()
                .basic("operator", OffstageResource.PASSWORD)
                .queryParam("key", key)
                .queryParam("state", "dead")
                .queryParam("error", "no such THING")
                .queryParam("payload.gate", "other")
                .post("/jobs/discard")
                .then()
                .statusCode(202)
                .extract()
                .header("Location");

        awaitDone(operation).body("done", equalTo(100)).body("operator", equalTo("operator"));
        assertThat(dead.stream().map(TestJobs::find).filter(job -> job.state == JobState.CANCELLED)).hasSize(100);
        get("/operations").body("target", hasItem(containsString("payload.gate=other")));
    }

    @Test
    void aPausedLaneStartsNothingUntilItIsResumed() {
        post("/types/scripted/pause").statusCode(200).body("paused", equalTo(true));
        Awaitility.await().atMost(PATIENCE).until(() -> lanes.of("scripted").paused());
        List<UUID> jobs = IntStream.range(0, 20).mapToObj(i -> TestJobs.enqueue(Script.SUCCEEDS)).toList();
        UUID last = TestJobs.enqueue(Script.SUCCEEDS);

        Awaitility.await()
                .during(Duration.ofSeconds(1))
                .atMost(PATIENCE)
                .until(() -> jobs.stream().allMatch(id -> ScriptedHandler.runs(id).isEmpty()));
        post("/types/scripted/resume").statusCode(200);

        jobs.forEach(id -> TestJobs.await(id, JobState.COMPLETED));
        TestJobs.await(last, JobState.COMPLETED);
    }

    @Test
    void aRateLimitHoldsAndCanBeChanged() {
        limit("{\"rateLimit\":\"20/s\",\"concurrency\":4}").statusCode(200)
                .body("rateLimit", equalTo("20/s"))
                .body("concurrency", equalTo(4));
        Awaitility.await().atMost(PATIENCE).until(() -> lanes.of("scripted").rateLimit().isPresent());
        List<UUID> jobs = TestJobs.enqueue(IntStream.range(0, 60)
                .mapToObj(i -> new NewJob("scripted", Script.SUCCEEDS, "key-" + i))
                .toList());
        jobs.forEach(id -> TestJobs.await(id, JobState.COMPLETED));

        List<Instant> starts = jobs.stream().map(id -> ScriptedHandler.runs(id).get(0).at()).sorted().toList();
        assertThat(Duration.between(starts.get(0), starts.get(59))).isBetween(Duration.ofMillis(2_800),
                Duration.ofMillis(4_500));
    }

    @Test
    void moreJobsThanTheSettingsSayRunAtOnce() {
        limit("{\"concurrency\":200}").statusCode(200);
        Awaitility.await().atMost(PATIENCE).until(() -> lanes.of("scripted").concurrency() == 200);
        List<UUID> jobs = TestJobs.enqueue(IntStream.range(0, 200)
                .mapToObj(i -> new NewJob("scripted", Script.waitsFor("many"), "many-" + i))
                .toList());

        jobs.forEach(id -> TestJobs.awaitRuns(id, 1));
        ScriptedHandler.open("many");
        jobs.forEach(id -> TestJobs.await(id, JobState.COMPLETED));
    }

    @Test
    void progressIsToldWhileAJobRuns() {
        UUID running = TestJobs.enqueue(Script.waitsFor("progress"));

        Awaitility.await().atMost(PATIENCE).until(() -> get("/jobs/" + running).extract().path("progress") != null);
        get("/jobs/" + running).body("state", equalTo("running"))
                .body("progress.done", equalTo(1))
                .body("progress.total", equalTo(2));
        ScriptedHandler.open("progress");
        TestJobs.await(running, JobState.COMPLETED);
    }

    @Test
    void whatIsGivenUpForGoodStaysSoUnlessItIsNamed() {
        String key = UUID.randomUUID().toString();
        UUID discarded = TestJobs.enqueue(List.of(new NewJob("scripted", new Script(1, "permanent", null), key)))
                .get(0);
        TestJobs.await(discarded, JobState.DEAD);
        post("/jobs/" + discarded + "/discard").statusCode(200);

        awaitDone(post("/jobs/redrive?key=" + key).statusCode(202).extract().header("Location")).body("done",
                equalTo(0));
        assertThat(TestJobs.find(discarded).state).isEqualTo(JobState.CANCELLED);
        awaitDone(post("/jobs/redrive?state=cancelled&key=" + key).statusCode(202).extract().header("Location"))
                .body("done", equalTo(1));
        TestJobs.awaitRuns(discarded, 2);
    }

    @Test
    void aListSaysWhyJobsFail() {
        String key = UUID.randomUUID().toString();
        UUID dead = TestJobs.enqueue(List.of(new NewJob("scripted", new Script(1, "permanent", null), key))).get(0);
        TestJobs.await(dead, JobState.DEAD);

        get("/jobs?key=" + key).body("items[0].error.message", equalTo("There is no such thing."))
                .body("items[0].error.class", containsString("PermanentFailure"));
    }

    @Test
    void anActionOnManyJobsIsNotGuessedAt() {
        for (String query : new String[]{"", "?tpye=scripted", "?state=dead&type=", "?state=,", "?payload.=x",
                "?limit=1", "?state=dead&limit=1",
                "?state=dead&type=scripted&type=welcome-email", "?payload.userId="}) {
            post("/jobs/cancel" + query).statusCode(400).body("violations.field.size()", equalTo(1));
        }
        operator().delete("/dead-letters/scripted?Q=typo").then().statusCode(400);
        operator().delete("/dead-letters/scripted?q=").then().statusCode(400);
        get("/jobs?form=2026-01-31T03:00:00Z").statusCode(400).body("violations.field", equalTo(List.of("form")));
    }

    @Test
    void whatIsMisspeltIsSaid() {
        limit("{\"ratelimit\":\"5/s\"}").statusCode(400)
                .body("violations.field", equalTo(List.of("ratelimit")))
                .body("violations[0].message", containsString("concurrency, rateLimit"));
        limit("{\"concurrency\":1.5}").statusCode(400);
        limit("{\"concurrency\":99999999999}").statusCode(400).body("detail", containsString("too large"));
        get("/operations?after=abc").statusCode(400).body("violations.field", equalTo(List.of("after")));
        operator().queryParam("from", "+1000000000-12-31T23:59:59Z")
                .get("/jobs")
                .then()
                .statusCode(200)
                .body("items", equalTo(List.of()));
        operator().queryParam("to", "-1000000000-01-01T00:00:00Z")
                .get("/jobs")
                .then()
                .statusCode(200)
                .body("items", equalTo(List.of()));
        operator().contentType(ContentType.JSON)
                .body("{\"type\":\"scripted\",\"payload\":{},\"dealy\":\"1h\"}")
                .post("/jobs")
                .then()
                .statusCode(400)
                .body("violations.field", equalTo(List.of("dealy")));
        operator().contentType(ContentType.JSON).body("{}").post("/jobs").then().statusCode(400);
    }

    @Test
    void whatCannotBeMeantIsRefused() {
        limit("{\"rateLimit\":\"fast\"}").statusCode(400).body("violations.field", equalTo(List.of("rateLimit")));
        limit("{\"concurrency\":0}").statusCode(400).body("violations.field", equalTo(List.of("concurrency")));
        post("/types/nobody/pause").statusCode(404);
        post("/jobs/redrive?state=completed").statusCode(400).body("violations.field", equalTo(List.of("state")));
        post("/jobs/" + UUID.randomUUID() + "/redrive").statusCode(404);
        post("/dead-letters/nobody/redrive").statusCode(404);
    }

    private static ValidatableResponse awaitDone(String operation) {
        Awaitility.await().atMost(PATIENCE).until(() -> get(operation).extract().path("finishedAt") != null);
        return get(operation);
    }

    private static ValidatableResponse limit(String limits) {
        return operator().contentType(ContentType.JSON).body(limits).put("/types/scripted/limits").then();
    }

    private static ValidatableResponse post(String path) {
        return operator().post(path).then();
    }

    private static ValidatableResponse get(String path) {
        return operator().get(path).then();
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", OffstageResource.PASSWORD);
    }
}
