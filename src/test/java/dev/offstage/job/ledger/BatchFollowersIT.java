package dev.offstage.job.ledger;

import static io.restassured.RestAssured.given;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;

import dev.offstage.job.Enqueued;
import dev.offstage.job.EnqueuedBatch;
import dev.offstage.job.JobBatch;
import dev.offstage.job.JobState;
import dev.offstage.job.Jobs;
import dev.offstage.job.NewJob;
import dev.offstage.job.PermanentFailure;
import dev.offstage.storage.Transaction;
import dev.offstage.testing.JobRun;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

/** What follows a batch when one of its jobs dies, in whichever way and at whatever moment. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class BatchFollowersIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Inject
    AgroalDataSource dataSource;

    @Inject
    Jobs jobs;

    @Inject
    JobPreparation preparation;

    @Inject
    JobStore store;

    @Inject
    Ledger ledger;

    @Test
    void theFirstDeathLetsItsFollowerGoOnceAndTheOtherWaitsOn() {
        String gate = UUID.randomUUID().toString();
        JsonPath answer = bulk(List.of(job(Script.fails("permanent")), job(Script.fails("permanent")),
                job(Script.waitsFor(gate))), job(Script.SUCCEEDS), job(Script.SUCCEEDS));
        UUID then = answer.getUUID("then.id");
        UUID onDead = answer.getUUID("onDead.id");
        assertThat(answer.getString("onDead.state")).isEqualTo("scheduled");
        List<UUID> dead = List.of(answer.getUUID("jobs[0].id"), answer.getUUID("jobs[1].id"));

        TestJobs.await(onDead, JobState.COMPLETED);
        dead.forEach(job -> TestJobs.await(job, JobState.DEAD));
        assertThat(TestJobs.find(then).state).isEqualTo(JobState.SCHEDULED);
        ScriptedHandler.open(gate);
        dead.forEach(job -> operator().post("/jobs/" + job + "/discard").then().statusCode(200));
        TestJobs.await(then, JobState.COMPLETED);

        assertThat(ScriptedHandler.runs(onDead)).hasSize(1);
    }

    @Test
    void whatWaitsForADeathSaysSoAndIsCancelledWhenAllAreDone() {
        String gate = UUID.randomUUID().toString();
        JsonPath answer = bulk(List.of(job(Script.SUCCEEDS), job(Script.waitsFor(gate))), null, job(Script.SUCCEEDS));
        UUID onDead = answer.getUUID("onDead.id");
        UUID last = answer.getUUID("jobs[1].id");
        assertThat(answer.getString("then")).isNull();
        await().atMost(PATIENCE).until(() -> get("/jobs/" + onDead).extract().path("waitsFor.jobs"), equalTo(1));
        get("/jobs/" + onDead).body("waitsFor.until", equalTo("dead"))
                .body("waitsFor.dead", equalTo(0))
                .body("waitsFor.examples", equalTo(List.of(last.toString())));
        get("/console/jobs/" + onDead).body(containsString("Runs when the first of 1 job of its batch is dead"));

        ScriptedHandler.open(gate);

        assertThat(TestJobs.await(onDead, JobState.CANCELLED).finishedAt).isNotNull();
        assertThat(ScriptedHandler.runs(onDead)).isEmpty();
    }

    /** Whoever looks a few times a second may find the job in any state by then. */
    @Test
    void aDeathCountsThoughTheJobHasLeftItAgainBeforeAnybodyLooks() throws Exception {
        String gate = UUID.randomUUID().toString();
        JsonPath answer = bulk(List.of(job(new Script(1, "permanent", gate))), null, job(Script.SUCCEEDS));
        UUID job = answer.getUUID("jobs[0].id");
        UUID onDead = answer.getUUID("onDead.id");
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            keepFromLooking(connection);
            ScriptedHandler.open(gate);
            TestJobs.await(job, JobState.DEAD);
            assertThat(Intervention.REDRIVE.apply(connection, List.of(job))).containsExactly(job);
            assertThat(Intervention.CANCEL.apply(connection, List.of(job))).containsExactly(job);
            connection.commit();
            connection.setAutoCommit(true);
        }

        TestJobs.await(onDead, JobState.COMPLETED);
        assertThat(TestJobs.find(job).state).isEqualTo(JobState.CANCELLED);
    }

    /** Whoever lets jobs go waits before it sees anything; whoever marks a death only reads here. */
    private static void keepFromLooking(Connection connection) throws SQLException {
        try (Statement lock = connection.createStatement()) {
            lock.execute("lock table job_batch in share mode");
        }
    }

    @Test
    void soDoesTheDeathOfAJobThatHasLostItsWorkers() throws Exception {
        NewJob later = new NewJob("scripted", Script.SUCCEEDS, "key", Instant.now().plusSeconds(3_600), null);
        EnqueuedBatch batch = jobs.enqueue(new JobBatch(List.of(later), null, now()));

        execute("""
                with job as (
                    update job set state = 'running', worker = gen_random_uuid(), started_at = now(), due_at = null,
                                   lost_workers = 2
                    where id = ? returning id, worker
                )
                insert into claim (worker, jobs) select worker, array[id] from job
                """, batch.jobs().get(0).id());

        TestJobs.await(batch.onDead().id(), JobState.COMPLETED);
        assertThat(TestJobs.find(batch.jobs().get(0).id()).state).isEqualTo(JobState.DEAD);
    }

    /** Another caller's job may be a member, by its unique key, and dies while the batch is stored. */
    @Test
    void soDoesADeathThatTheBatchHasToWaitFor() throws Exception {
        NewJob other = unique();
        UUID job = jobs.enqueue(List.of(other)).get(0).id();
        PreparedJobs batch = preparation.prepare(new JobBatch(List.of(other), null, now()));
        CompletableFuture<List<Enqueued>> stored;
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            execute(connection, "select id from job where id = ? for update", job);
            stored = CompletableFuture.supplyAsync(() -> storePatiently(batch));
            awaitLock("%for share%");
            execute(connection, """
                    with job as (update job set state = 'dead', finished_at = now(), due_at = null
                                 where id = ? returning id)
                    select id from job
                    """, job);
            connection.commit();
            connection.setAutoCommit(true);
        }

        assertThat(stored.get(PATIENCE.toSeconds(), SECONDS)).singleElement().extracting(Enqueued::id).isEqualTo(job);
        TestJobs.await(batch.onDead().id(), JobState.COMPLETED);
    }

    private List<Enqueued> storePatiently(PreparedJobs batch) {
        try (Connection connection = dataSource.getConnection()) {
            return Transaction.run(connection, () -> {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("set local lock_timeout = '30s'; set local statement_timeout = '30s'");
                }
                return store.store(connection, batch, new ArrayList<>());
            });
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** And the other way round. */
    @Test
    void soDoesADeathThatHasToWaitForTheBatch() throws Exception {
        NewJob other = unique();
        UUID job = jobs.enqueue(List.of(other)).get(0).id();
        execute("update job set state = 'queued', due_at = null where id = ?", job);
        Claim claim = ledger
                .claim(new Delivery(job, "scripted", "key", "{}", 1, Instant.now(), null, null, null))
                .toCompletableFuture()
                .get(10, SECONDS)
                .orElseThrow();
        PreparedJobs batch = preparation.prepare(new JobBatch(List.of(other), null, now()));
        CompletionStage<Boolean> died;
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            store.store(connection, batch, new ArrayList<>());
            Failure failure = Failure.of(1, claim.startedAt(), Instant.now(), new PermanentFailure("Over."));
            died = ledger.settle(new Settlement.Died(claim, failure, Instant.now(), UUID.randomUUID(),
                    AttemptOutput.NOTHING));
            awaitLock("%insert into job_failure%");
            connection.commit();
            connection.setAutoCommit(true);
        }

        assertThat(died.toCompletableFuture().get(PATIENCE.toSeconds(), SECONDS)).isTrue();
        TestJobs.await(batch.onDead().id(), JobState.COMPLETED);
    }

    @Test
    void aHandlerAsksForOneToo() throws Exception {
        JobRun<Script> run = JobRun.of(ScriptedHandler.TYPE, Script.succeeds("leaves-dying-batch")).attempt();

        assertThat(run.followUps()).hasSize(2);
        TestJobs.await(run.followUps().get(0).id(), JobState.DEAD);
        TestJobs.await(run.followUps().get(1).id(), JobState.COMPLETED);
    }

    @Test
    void eachFollowerSaysWhatIsWrongWithIt() {
        Map<String, Object> later = Map.of("type", "scripted", "payload", Map.of(), "delay", "10s");
        Map<String, Object> unfit = Map.of("type", "scripted", "payload", Map.of("failures", "many"));
        for (Map<String, Object> wrong : List.of(later, unfit)) {
            refused(List.of(job(Script.SUCCEEDS)), wrong, job(Script.SUCCEEDS), "then");
            refused(List.of(job(Script.SUCCEEDS)), job(Script.SUCCEEDS), wrong, "onDead");
        }
        refused(List.of(unfit), job(Script.SUCCEEDS), job(Script.SUCCEEDS), "jobs");
        assertThatThrownBy(() -> new JobBatch(List.of(now()), null, null)).hasMessageContaining("Nothing follows");
    }

    private static void refused(List<Map<String, Object>> jobs, Map<String, Object> then, Map<String, Object> onDead,
            String field) {
        operator().contentType("application/json")
                .body(body(jobs, then, onDead))
                .post("/jobs/bulk")
                .then()
                .statusCode(400)
                .body("violations.field", equalTo(List.of(field)));
    }

    private static JsonPath bulk(List<Map<String, Object>> jobs, Map<String, Object> then, Map<String, Object> onDead) {
        return operator().contentType("application/json")
                .body(body(jobs, then, onDead))
                .post("/jobs/bulk")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath();
    }

    private static Map<String, Object> body(List<Map<String, Object>> jobs, Map<String, Object> then,
            Map<String, Object> onDead) {
        Map<String, Object> body = new LinkedHashMap<>(Map.of("jobs", jobs, "onDead", onDead));
        if (then != null) {
            body.put("then", then);
        }
        return body;
    }

    private static NewJob now() {
        return new NewJob("scripted", Script.SUCCEEDS, "key");
    }

    private static NewJob unique() {
        return new NewJob("scripted", Script.SUCCEEDS, "key", Instant.now().plusSeconds(3_600),
                UUID.randomUUID().toString());
    }

    private static Map<String, Object> job(Script script) {
        return Map.of("type", "scripted", "payload", script);
    }

    private static ValidatableResponse get(String path) {
        return operator().get(path).then().statusCode(200);
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", OffstageResource.PASSWORD);
    }

    private void execute(String sql, UUID job) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            execute(connection, sql, job);
        }
    }

    private static void execute(Connection connection, String sql, UUID job) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, job);
            statement.execute();
        }
    }

    /** Shorter than a statement waits for a lock. */
    private void awaitLock(String sql) {
        await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(10)).until(() -> {
            try (Connection connection = dataSource.getConnection();
                    PreparedStatement look = connection.prepareStatement(
                            "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like ?")) {
                look.setString(1, sql);
                try (ResultSet row = look.executeQuery()) {
                    return row.next();
                }
            }
        });
    }
}
