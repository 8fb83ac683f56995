package dev.offstage.job.ledger;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.in;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.inject.Inject;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.specification.RequestSpecification;

import dev.offstage.job.Attempt;
import dev.offstage.job.JobBatch;
import dev.offstage.job.JobState;
import dev.offstage.job.NewJob;
import dev.offstage.testing.JobRun;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

/** What attempts leave besides their end. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class AttemptOutputIT {

    @Inject
    Attempts attempts;

    @Test
    void aResultIsKeptWithTheJob() {
        UUID job = TestJobs.enqueue(Script.succeeds("leaves-result"));
        TestJobs.await(job, JobState.COMPLETED);

        operator().get("/jobs/" + job).then().body("result.href", equalTo("/users/" + job));
        operator().get("/console/jobs/" + job)
                .then()
                .body(containsString("<a id=\"result\" href=\"/users/" + job + "\">"));
        operator().get("/jobs/" + TestJobs.enqueue(Script.SUCCEEDS)).then().body("result", nullValue());
    }

    @Test
    void whatAFailedAttemptAskedForIsNotDone() throws Exception {
        JobRun<Script> run = JobRun.of(ScriptedHandler.TYPE, new Script(1, "leaves-jobs", null)).attempt();
        assertThat(run.state()).isEqualTo(JobState.RETRYING);
        assertThat(ofKey(run.id())).isEmpty();

        run.attempt();
        assertThat(run.state()).isEqualTo(JobState.COMPLETED);
        assertThat(run.followUps()).hasSize(2);
        assertThat(ofKey(run.id())).hasSize(2);
        run.followUps().forEach(followUp -> TestJobs.await(followUp.id(), JobState.COMPLETED));
    }

    @Test
    void oneJobRunsWhenAllOfABatchAreDone() throws Exception {
        String gate = UUID.randomUUID().toString();
        var answer = operator().contentType("application/json")
                .body(Map.of("jobs",
                        List.of(job(Script.SUCCEEDS), job(Script.waitsFor(gate)), job(Script.fails("permanent"))),
                        "then", job(Script.SUCCEEDS)))
                .post("/jobs/bulk")
                .then()
                .statusCode(201)
                .body("then.state", equalTo("scheduled"))
                .extract()
                .jsonPath();
        UUID then = answer.getUUID("then.id");
        UUID dead = answer.getUUID("jobs[2].id");
        TestJobs.await(dead, JobState.DEAD);
        awaitWaitsFor(then, 2);
        UUID open = answer.getUUID("jobs[1].id");
        operator().get("/jobs/" + then)
                .then()
                .body("waitsFor.jobs", equalTo(2))
                .body("waitsFor.dead", equalTo(1))
                .body("waitsFor.examples", equalTo(List.of(dead.toString(), open.toString())));
        operator().get("/console/jobs/" + then)
                .then()
                .body(containsString("Waits for 2 jobs of its batch, 1 of them dead"))
                .body(containsString("<a href=\"/console/jobs/" + dead + "\">"))
                .body(containsString("<a href=\"/console/jobs/" + open + "\">"))
                .body(containsString("Waits for other jobs"));
        operator().get("/jobs/" + open).then().body("$", not(hasKey("waitsFor")));

        ScriptedHandler.open(gate);
        awaitWaitsFor(then, 1);
        assertThat(TestJobs.find(then).state).isEqualTo(JobState.SCHEDULED);
        operator().post("/jobs/" + dead + "/discard").then().statusCode(200);
        TestJobs.await(then, JobState.COMPLETED);
        operator().get("/jobs/" + then).then().body("$", not(hasKey("waitsFor")));
    }

    @Test
    void ofAThousandJobsTenAreNamedAndTheDeadOnesFirst() {
        String key = UUID.randomUUID().toString();
        List<Map<String, Object>> jobs = new ArrayList<>(Collections.nCopies(998,
                Map.of("type", "scripted", "payload", Script.SUCCEEDS, "delay", "1h", "key", key)));
        jobs.add(job(Script.fails("permanent")));
        jobs.add(job(Script.fails("permanent")));
        var answer = operator().contentType("application/json")
                .body(Map.of("jobs", jobs, "then", job(Script.SUCCEEDS)))
                .post("/jobs/bulk")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath();
        List<String> dead = List.of(answer.getString("jobs[998].id"), answer.getString("jobs[999].id"));
        dead.forEach(id -> TestJobs.await(UUID.fromString(id), JobState.DEAD));

        operator().get("/jobs/" + answer.getString("then.id"))
                .then()
                .body("waitsFor.jobs", equalTo(1_000))
                .body("waitsFor.dead", equalTo(2))
                .body("waitsFor.examples", hasSize(10))
                .body("waitsFor.examples[0]", in(dead))
                .body("waitsFor.examples[1]", in(dead));
        operator().post("/jobs/cancel?key=" + key).then().statusCode(202);
    }

    /** As {@code cleanup} does with dead letters that are old. */
    @Test
    void aDeadJobThatIsRemovedNoLongerHoldsUpItsBatch() {
        var answer = operator().contentType("application/json")
                .body(Map.of("jobs", List.of(job(Script.fails("permanent"))), "then", job(Script.SUCCEEDS)))
                .post("/jobs/bulk")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath();
        UUID then = answer.getUUID("then.id");
        UUID dead = answer.getUUID("jobs[0].id");
        TestJobs.await(dead, JobState.DEAD);
        awaitWaitsFor(then, 1);

        QuarkusTransaction.requiringNew().run(() -> Job.delete("id", dead));

        TestJobs.await(then, JobState.COMPLETED);
    }

    @Test
    void aHandlerEnqueuesABatch() throws Exception {
        JobRun<Script> run = JobRun.of(ScriptedHandler.TYPE, Script.succeeds("leaves-batch")).attempt();
        assertThat(run.followUps()).hasSize(3);
        run.followUps().forEach(job -> TestJobs.await(job.id(), JobState.COMPLETED));
        List<Instant> starts = run.followUps().stream().map(job -> TestJobs.find(job.id()).startedAt).toList();
        assertThat(starts.get(2)).as("the start of the job that waits")
                .isAfterOrEqualTo(starts.get(0))
                .isAfterOrEqualTo(starts.get(1));
    }

    @Test
    void aBatchSaysWhatIsWrongWithIt() {
        for (Map<String, Object> then : List.<Map<String, Object>>of(
                Map.of("type", "scripted", "payload", Map.of(), "delay", "10s"),
                Map.of("type", "scripted", "payload", Map.of(), "uniqueKey", "a"),
                Map.of("type", "scripted", "payload", Map.of("failures", "many")))) {
            operator().contentType("application/json")
                    .body(Map.of("jobs", List.of(job(Script.SUCCEEDS)), "then", then))
                    .post("/jobs/bulk")
                    .then()
                    .statusCode(400)
                    .body("violations[0].field", equalTo("then"));
        }
    }

    @Test
    void whatPostgresqlCannotHoldEndsAsADeadLetter() {
        UUID job = TestJobs.enqueue(Script.succeeds("leaves-nul"));
        TestJobs.await(job, JobState.DEAD);
        assertThat(TestJobs.failures(job).get(0).errorMessage)
                .startsWith("The job was done, but PostgreSQL cannot hold");
    }

    @Test
    void anAttemptHasBounds() {
        NewJob job = new NewJob("scripted", Script.SUCCEEDS, "key");
        Attempt<String> large = attempt();
        large.result("x".repeat(Attempt.LARGEST_RESULT));
        assertThatThrownBy(() -> attempts.output(large.end())).hasMessageContaining("keep it elsewhere");
        Attempt<String> many = attempt();
        many.enqueue(new JobBatch(Collections.nCopies(Attempt.MOST_JOBS, job), job));
        assertThatThrownBy(() -> attempts.output(many.end())).hasMessageContaining("1001 jobs");
        Attempt<String> wrong = attempt();
        wrong.enqueue(new NewJob("nobody", Script.SUCCEEDS, "key"));
        assertThatThrownBy(() -> attempts.output(wrong.end())).hasMessageContaining("There is no job type nobody");
        Attempt<String> over = attempt();
        over.end();
        assertThatThrownBy(() -> over.enqueue(job)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new JobBatch(List.of(), job)).hasMessageContaining("at least one");
    }

    @Test
    void aTestClimbsTheLadderWithoutWaiting() throws Exception {
        JobRun<Script> run = JobRun.of(ScriptedHandler.TYPE, Script.fails("passing")).toTheEnd();
        assertThat(run.state()).isEqualTo(JobState.DEAD);
        assertThat(run.failures()).hasSize(run.delays().size() + 1);
        assertThatThrownBy(run::attempt).hasMessageContaining("is dead");
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", OffstageResource.PASSWORD);
    }

    private Attempt<String> attempt() {
        return new Attempt<>(UUID.randomUUID(), 1, "", Instant.now(), null);
    }

    private static Map<String, Object> job(Script script) {
        return Map.of("type", "scripted", "payload", script);
    }

    private static List<Job> ofKey(UUID key) {
        return QuarkusTransaction.requiringNew().call(() -> Job.ofKey(key.toString()));
    }

    private void awaitWaitsFor(UUID job, long others) {
        Awaitility.await()
                .until(() -> operator().get("/jobs/" + job).path("waitsFor.jobs"), equalTo((int) others));
    }
}
