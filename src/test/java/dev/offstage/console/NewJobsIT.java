package dev.offstage.console;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;

import dev.offstage.job.JobState;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler;
import dev.offstage.testing.TestJobs;

/** Jobs that somebody enqueues over HTTP. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class NewJobsIT {

    private static final Map<String, Object> PASSES = Map.of("failures", 0, "how", "passing");

    @Test
    void aJobIsEnqueuedAndRuns() {
        String id = post("/jobs", Map.of("type", "scripted", "payload", PASSES, "key", "ada"))
                .statusCode(201)
                .body("type", equalTo("scripted"))
                .body("key", equalTo("ada"))
                .extract()
                .path("id");

        assertThat(TestJobs.await(UUID.fromString(id), JobState.COMPLETED).attempt).isEqualTo(1);
    }

    @Test
    void aJobWaitsUntilItMayRun() {
        Instant before = Instant.now();
        String delayed = post("/jobs", Map.of("type", "scripted", "payload", PASSES, "delay", "1s")).statusCode(201)
                .body("state", equalTo("scheduled"))
                .extract()
                .path("id");
        Instant tomorrow = before.plus(Duration.ofDays(1));
        post("/jobs", Map.of("type", "scripted", "payload", PASSES, "runAt", tomorrow.toString())).statusCode(201)
                .body("state", equalTo("scheduled"));

        UUID id = UUID.fromString(delayed);
        TestJobs.await(id, JobState.COMPLETED);
        assertThat(ScriptedHandler.runs(id).get(0).at()).isAfterOrEqualTo(before.plusSeconds(1));
    }

    @Test
    void aUniqueKeyIsFreeAgainWhenItsJobHasEnded() {
        String gate = UUID.randomUUID().toString();
        Map<String, Object> job = Map.of("type", "scripted", "uniqueKey", gate, "payload",
                Map.of("failures", 0, "how", "passing", "gate", gate));
        String first = post("/jobs", job).statusCode(201).extract().path("id");

        post("/jobs", job).statusCode(200).body("id", equalTo(first));
        post("/jobs/bulk", Map.of("jobs", List.of(job, job))).statusCode(201)
                .body("jobs.id", equalTo(List.of(first, first)))
                .body("jobs.isNew", equalTo(List.of(false, false)));
        ScriptedHandler.open(gate);
        TestJobs.await(UUID.fromString(first), JobState.COMPLETED);
        String second = post("/jobs", job).statusCode(201).extract().path("id");
        assertThat(second).isNotEqualTo(first);
    }

    @Test
    void aThousandJobsAreEnqueuedAtOnceOrNone() {
        List<Map<String, Object>> jobs = new ArrayList<>(
                Collections.nCopies(1_000, Map.of("type", "scripted", "payload", PASSES)));
        List<String> ids = post("/jobs/bulk", Map.of("jobs", jobs)).statusCode(201)
                .body("jobs", hasSize(1_000))
                .extract()
                .path("jobs.id");
        ids.forEach(id -> TestJobs.await(UUID.fromString(id), JobState.COMPLETED));

        String unique = UUID.randomUUID().toString();
        jobs.set(0, Map.of("type", "scripted", "payload", PASSES, "uniqueKey", unique));
        jobs.set(999, Map.of("type", "scripted", "payload", Map.of("how", "a\u0000b")));
        post("/jobs/bulk", Map.of("jobs", jobs)).statusCode(400).body("violations.field", equalTo(List.of("jobs")));
        post("/jobs", jobs.get(0)).statusCode(201);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"type":"nobody","payload":{}}                                           | 404 | no job type nobody
            {"payload":{}}                                                           | 400 | GET /types
            {"type":"scripted"}                                                      | 400 | payload
            {"type":"scripted","payload":7}                                          | 400 | payload
            {"type":"scripted","payload":{"failures":"many"}}                        | 400 | payload
            {"type":"scripted","payload":{"how":"\\u0000"}}                           | 400 | payload
            {"type":"scripted","payload":{},"delay":"soon"}                          | 400 | delay
            {"type":"scripted","payload":{},"delay":"-1s"}                           | 400 | delay
            {"type":"scripted","payload":{},"delay":"99999999h"}                     | 400 | delay
            {"type":"scripted","payload":{},"runAt":"tomorrow"}                      | 400 | runAt
            {"type":"scripted","payload":{},"runAt":"+99999-01-01T00:00:00Z"}        | 400 | runAt
            {"type":"scripted","payload":{},"runAt":"2026-01-31T12:00:00Z","delay":"1s"} | 400 | delay
            {"type":"scripted","payload":{},"key":""}                                | 400 | key
            {"type":"scripted","payload":{},"uniqueKey":"\\u0000"}                    | 400 | uniqueKey
            {"type":"scripted","payload":{"how":"\\ud800"}}                           | 400 | surrogate
            {"type":"scripted","payload":{"failures":1e999999999}}                   | 400 | number
            {"type":"scripted","payload":{},"delay":"9223372036854775807d"}          | 400 | delay
            {"type":"scripted","payload":{},"uniqueKey":"\\ud800"}                    | 400 | surrogate
            {"type":"scripted","payload":{},"key":7}                                 | 400 | key
            {"type":"webhook","payload":{"type":"user.signed-up"}}                   | 400 | the id of the web hook
            {"type":"notify-slack","payload":{"text":"Hello"}}                       | 400 | user's channel
            {"type":"notify-digest","payload":{}}                                    | 400 | userId
            {"type":"notify","payload":{"title":"Hello","text":""}}                  | 400 | userId
            {"type":"notify","payload":{"userId":"01a3b2c4-0000-7000-8000-000000000000","title":"","text":""}} | 400 | title
            {"type":"avatar-resize","payload":{}}                                    | 400 | userId
            {"type":"welcome-email","payload":{"email":"ada@nowhere","name":"Ada"}}   | 400 | example.com
            {"type":"welcome-email","payload":{"email":"ada@example.com"}}            | 400 | name
            {"type":"mail","payload":{"to":["ada@example.com"],"subject":"Hello"}}    | 400 | text
            {"type":"mail","payload":{"to":["ada@example.com"],"subject":"Hello","text":"","attachments":[{}]}} | 400 | base64
            null                                                                     | 400 | type
            """)
    void whatIsNotValidIsNamed(String body, int status, String named) {
        operator().contentType(ContentType.JSON)
                .body(body)
                .post("/jobs")
                .then()
                .statusCode(status)
                .contentType("application/problem+json")
                .body(containsString(named));
        operator().contentType(ContentType.JSON)
                .body("{\"jobs\":[" + body + "]}")
                .post("/jobs/bulk")
                .then()
                .statusCode(status)
                .contentType("application/problem+json");
    }

    @Test
    void twoCallsWithTheSameKeysTheOtherWayRoundDoNotBlockEachOther() {
        List<Map<String, Object>> jobs = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            jobs.add(Map.of("type", "scripted", "payload", PASSES, "delay", "1h", "uniqueKey",
                    UUID.randomUUID().toString()));
        }
        List<Map<String, Object>> reversed = new ArrayList<>(jobs);
        Collections.reverse(reversed);

        List<CompletableFuture<List<String>>> answers = Stream.of(jobs, reversed)
                .map(call -> CompletableFuture
                        .supplyAsync(() -> post("/jobs/bulk", Map.of("jobs", call)).statusCode(201)
                                .extract()
                                .<List<String>>path("jobs.id")))
                .toList();

        List<String> first = new ArrayList<>(answers.get(0).join());
        Collections.reverse(first);
        assertThat(answers.get(1).join()).isEqualTo(first);
    }

    @ParameterizedTest
    @CsvSource({"{}", "{\"jobs\":[]}", "{\"jobs\":[null]}"})
    void aBulkCallNeedsJobs(String body) {
        operator().contentType(ContentType.JSON).body(body).post("/jobs/bulk").then().statusCode(400);
    }

    @Test
    void whoeverIsNoOperatorEnqueuesNothing() {
        given().contentType(ContentType.JSON)
                .body(Map.of("type", "scripted", "payload", PASSES))
                .post("/jobs")
                .then()
                .statusCode(401);
    }

    private static ValidatableResponse post(String path, Object body) {
        return operator().contentType(ContentType.JSON).body(body).post(path).then();
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", OffstageResource.PASSWORD);
    }
}
