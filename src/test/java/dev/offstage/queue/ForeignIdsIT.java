package dev.offstage.queue;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

import java.io.InputStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import jakarta.inject.Inject;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.agroal.api.AgroalDataSource;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;

import dev.offstage.job.JobState;
import dev.offstage.job.ledger.AttemptOutput;
import dev.offstage.job.ledger.Claim;
import dev.offstage.job.ledger.Job;
import dev.offstage.job.ledger.Ledger;
import dev.offstage.job.ledger.Settlement;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;
import dev.offstage.testing.TestTopic;

/** What other programs call their jobs is unique within a type, and no time. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class ForeignIdsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TestTopic queue = new TestTopic("scripted");

    @Inject
    AgroalDataSource dataSource;

    @Inject
    Admin admin;

    @Inject
    Publisher publisher;

    @Inject
    RecordReader reader;

    @Inject
    Ledger ledger;

    @Test
    void idsThatAreNoTimesAreJobsLikeAnyOther() throws Exception {
        Instant before = Instant.now().minusSeconds(1);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ids.add("ff" + UUID.randomUUID().toString().substring(2)); // as a time: thousands of years from now
        }
        ids.add("a".repeat(200 - 36) + UUID.randomUUID());
        for (String id : ids) {
            queue.write(record(id, "permanent", 1));
        }
        ids.forEach(id -> awaitState(id, JobState.DEAD));

        ids.forEach(id -> assertThat(found(id).createdAt).isAfterOrEqualTo(before.minusSeconds(60)));
        ids.forEach(id -> assertThat(found(id).id.version()).isEqualTo(7));
        ids.forEach(id -> assertThat(Instant.ofEpochMilli(found(id).id.getMostSignificantBits() >>> 16))
                .isBetween(before, Instant.now()));
    }

    @Test
    void theSameIdTwiceIsOneJobOfATypeAndOneOfEachType() throws Exception {
        String id = UUID.randomUUID().toString();
        String text = "order-" + id;
        queue.write(record(id, "passing", 0));
        queue.write(record(text, "passing", 0));
        awaitState(id, JobState.COMPLETED);
        awaitState(text, JobState.COMPLETED);

        queue.write(record(id, "passing", 0));
        queue.write(record(text, "passing", 0));
        new TestTopic("avatar-resize").write("{\"id\":\"" + id + "\",\"payload\":{\"userId\":\"" + id + "\"}}");
        await().atMost(PATIENCE).until(() -> ofKey(id).size() == 2);
        awaitAllThatIsWritten();

        assertThat(ofKey(id)).extracting(job -> job.type).containsExactlyInAnyOrder("scripted", "avatar-resize");
        assertThat(ofKey(text)).singleElement()
                .satisfies(job -> assertThat(ScriptedHandler.runs(job.id)).hasSize(1));
    }

    @Test
    void aJobThatFailsOnceIsTriedAgainUnderItsOwnRow() throws Exception {
        String id = "again-" + UUID.randomUUID();

        queue.write(record(id, "passing", 2));

        awaitState(id, JobState.COMPLETED);
        assertThat(found(id).attempt).isEqualTo(3);
        assertThat(ScriptedHandler.runs(found(id).id)).hasSize(3);
    }

    @Test
    void aRecordNeitherChangesTheJobThatItNamesNorStartsItEarly() throws Exception {
        UUID job = TestJobs.enqueue(Script.SUCCEEDS, Instant.now().plusSeconds(3_600));
        update("update job set state = 'retrying', attempt = 2 where id = ?", job);

        for (int partition = 0; partition < partitions(); partition++) {
            queue.writeInTransaction(partition, true, record(job.toString(), "forged", 0));
        }
        write(record(job.toString(), "forged", 0), "offstage-attempt", "2");
        awaitAllThatIsWritten();

        Job waiting = TestJobs.find(job);
        assertThat(waiting.state).isEqualTo(JobState.RETRYING);
        assertThat(waiting.payload).doesNotContain("forged");
        assertThat(ScriptedHandler.runs(job)).isEmpty();
        update("""
                with job as (update job set due_at = now() where id = ? returning id)
                update outbox set publish_at = now() from job where job.id = any(jobs)
                """, job);
        assertThat(TestJobs.await(job, JobState.COMPLETED).attempt).isEqualTo(2);
        assertThat(ScriptedHandler.runs(job)).singleElement()
                .satisfies(run -> assertThat(run.script()).isEqualTo(Script.SUCCEEDS));
        assertThat(TestJobs.find(job).payload).doesNotContain("forged");
    }

    /** A producer writes any time that it likes. The broker refuses none but those that are far in the future. */
    @ParameterizedTest
    @CsvSource({"1970-01-01T00:00:01Z,-1", "2099-12-31T23:59:59Z,1800"})
    void aJobIsAsOldAsItIsKnownWhateverItsRecordSays(Instant made, long secondsAhead) throws Exception {
        Instant before = Instant.now().minusMillis(1);
        Instant written = secondsAhead < 0 ? made : before.plusSeconds(secondsAhead);
        String mark = UUID.randomUUID().toString();
        ScriptedHandler.open(mark);
        String rest = "\"enqueuedAt\":\"" + made + "\",\"payload\":{\"failures\":1,\"how\":\"passing\",\"gate\":\""
                + mark
                + "\"}}";
        write(new ProducerRecord<>("scripted", 0, written.toEpochMilli(), null, ("{" + rest).getBytes(UTF_8)));
        write(new ProducerRecord<>("scripted", 0, written.toEpochMilli(), null,
                ("{\"id\":\"" + mark + "\"," + rest).getBytes(UTF_8)));

        await().atMost(PATIENCE).until(() -> inState(mark, JobState.COMPLETED) == 2);

        for (Job job : ofGate(mark)) {
            assertThat(job.createdAt).isBetween(before, Instant.now());
            assertThat(Instant.ofEpochMilli(job.id.getMostSignificantBits() >>> 16)).isBetween(before, Instant.now());
            assertThat(new String(new TestTopic("scripted.retry-100ms").read(job.id).value(), UTF_8))
                    .contains("\"enqueuedAt\":\"" + job.createdAt + "\"");
            assertThat(get("/console/jobs/" + job.id + "/records").extract().asString()).contains("<code>scripted-0@");
        }
        get("/jobs?type=scripted&payload.gate=" + mark + "&from=" + before + "&to=" + Instant.now().plusMillis(1))
                .body("items", hasSize(2));
    }

    /** As after a rebalance, or when the lane's offsets are lost. */
    @Test
    void aSecondDeliveryOfARecordWithoutAnIdIsNoSecondJob() throws Exception {
        String mark = UUID.randomUUID().toString();
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>("scripted", 0, 4_711, 0, TimestampType.CREATE_TIME,
                0, 0,
                null, ("{\"payload\":{\"failures\":0,\"how\":\"passing\",\"gate\":\"" + mark + "\"}}").getBytes(UTF_8),
                new RecordHeaders(), Optional.empty());

        Claim first = claim(record).orElseThrow();
        Claim again = claim(record).orElseThrow();
        assertThat(again.delivery().id()).isEqualTo(first.delivery().id());
        assertThat(ledger.settle(new Settlement.Completed(first, Instant.now(), AttemptOutput.NOTHING))
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)).isTrue();

        assertThat(claim(record)).isEmpty();
        assertThat(ofGate(mark)).hasSize(1);
    }

    private Optional<Claim> claim(ConsumerRecord<byte[], byte[]> record) throws Exception {
        return ledger.claim(reader.read(record, ScriptedHandler.TYPE).delivery())
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    @Test
    void aJobSaysWhatItsRecordCallsItAndIsFoundByThat() throws Exception {
        String id = "order ä+" + UUID.randomUUID();
        queue.write(record("order \\u00e4+" + id.substring(8), "permanent", 1));
        awaitState(id, JobState.DEAD);
        UUID job = found(id).id;

        get("/jobs/" + job).body("recordId", equalTo(id));
        get("/console/jobs/" + job).body(containsString("record id <code>" + id + "</code>"));
        assertThat(ofRecord(id, "type", "scripted")).containsExactly(job.toString());
        assertThat(ofRecord(id, "state", "dead")).containsExactly(job.toString());
        assertThat(ofRecord(id, "key", id)).containsExactly(job.toString());
        assertThat(ofRecord(id, "key", "another")).isEmpty();
        assertThat(ofRecord(id, "state", "completed")).isEmpty();
        assertThat(ofRecord(id, "type", "avatar-resize")).isEmpty();
        assertThat(get("/console/jobs/" + job + "/records").extract().asString())
                .containsPattern("<code>scripted-\\d+@")
                .contains("<code>scripted.dlq-");
        assertThat(get("/jobs/" + TestJobs.enqueue(Script.SUCCEEDS)).extract().<Map<String, Object>>path("$"))
                .doesNotContainKey("recordId");
    }

    private static List<String> ofRecord(String id, String condition, String value) {
        return operator().queryParam("recordId", id)
                .queryParam(condition, value)
                .get("/jobs")
                .then()
                .statusCode(200)
                .extract()
                .path("items.id");
    }

    private int partitions() throws Exception {
        return admin.describeTopics(List.of("scripted"))
                .allTopicNames()
                .get(10, TimeUnit.SECONDS)
                .get("scripted")
                .partitions()
                .size();
    }

    /** A lane takes the records of a partition in their order: when one has run, those before it are past. */
    private void awaitAllThatIsWritten() throws Exception {
        String behind = UUID.randomUUID().toString();
        ScriptedHandler.open(behind);
        int partitions = partitions();
        for (int partition = 0; partition < partitions; partition++) {
            queue.writeInTransaction(partition, true,
                    "{\"payload\":{\"failures\":0,\"how\":\"passing\",\"gate\":\"" + behind + "\"}}");
        }
        await().atMost(PATIENCE).until(() -> inState(behind, JobState.COMPLETED) == partitions);
    }

    private void write(String value, String header, String text) throws Exception {
        for (int partition = 0; partition < partitions(); partition++) {
            ProducerRecord<byte[], byte[]> record = new ProducerRecord<>("scripted", partition, null,
                    value.getBytes(UTF_8));
            record.headers().add(header, text.getBytes(UTF_8));
            write(record);
        }
    }

    private void write(ProducerRecord<byte[], byte[]> record) throws Exception {
        publisher.send(record).toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private void update(String sql, UUID job) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement update = connection.prepareStatement(sql)) {
            update.setObject(1, job);
            assertThat(update.executeUpdate()).isEqualTo(1);
        }
    }

    @Test
    void deadOnesAreSentBackAndDiscardedTogether() throws Exception {
        String mark = UUID.randomUUID().toString();
        ScriptedHandler.open(mark);
        String payload = "\"payload\":{\"failures\":1,\"how\":\"permanent\",\"gate\":\"" + mark + "\"}}";
        for (int i = 0; i < 3; i++) {
            queue.write("{\"id\":\"" + UUID.randomUUID() + "\"," + payload);
        }
        queue.write("{" + payload);
        await().atMost(PATIENCE).until(() -> inState(mark, JobState.DEAD) == 4);

        assertThat(bulk("redrive", mark)).isEqualTo(4);
        await().atMost(PATIENCE)
                .until(() -> ofGate(mark).stream().allMatch(job -> ScriptedHandler.runs(job.id).size() == 2));
        await().atMost(PATIENCE).until(() -> inState(mark, JobState.DEAD) == 4);
        assertThat(bulk("discard", mark)).isEqualTo(4);
        assertThat(inState(mark, JobState.CANCELLED)).isEqualTo(4);
    }

    /** As earlier releases left them: with the ids that other programs gave them. */
    @Test
    void rowsOfEarlierReleasesTakePartToo() throws Exception {
        String mark = UUID.randomUUID().toString();
        ScriptedHandler.open(mark);
        Instant came = Instant.now().truncatedTo(ChronoUnit.SECONDS).minus(Duration.ofDays(3));
        List<UUID> old = List.of(UUID.randomUUID(), UUID.fromString("ff" + UUID.randomUUID().toString().substring(2)),
                UUID.nameUUIDFromBytes(mark.getBytes(UTF_8)));
        for (int i = 0; i < old.size(); i++) {
            insertDead(old.get(i), mark, came.plusSeconds(i));
        }

        assertThat(bulk("redrive", mark)).as("before they get ids of ours").isEqualTo(3);
        await().atMost(PATIENCE)
                .until(() -> old.stream().allMatch(id -> ScriptedHandler.runs(id).size() == 1)
                        && inState(mark, JobState.DEAD) == 3);
        runMigration();

        assertThat(old).allMatch(id -> TestJobs.find(id) == null);
        assertThat(get("/jobs?type=scripted&state=dead&payload.gate=" + mark + "&from=" + came + "&to="
                + came.plusSeconds(60)).extract().<List<String>>path("items.createdAt").stream().map(Instant::parse))
                .containsExactly(came.plusSeconds(2), came.plusSeconds(1), came);
        ofGate(mark).forEach(job -> {
            assertThat(job.id.version()).isEqualTo(7);
            assertThat(TestJobs.failures(job.id)).isNotEmpty();
        });
        // The record that the program wrote comes once more, as after a rebalance: its job is known.
        for (UUID id : old) {
            queue.write("{\"id\":\"" + id + "\",\"payload\":{\"failures\":0,\"how\":\"passing\"}}");
        }
        awaitAllThatIsWritten();
        assertThat(old).allMatch(id -> TestJobs.find(id) == null && ScriptedHandler.runs(id).size() == 1);
        assertThat(bulk("redrive", mark)).isEqualTo(3);
        await().atMost(PATIENCE)
                .until(() -> ofGate(mark).stream().allMatch(job -> ScriptedHandler.runs(job.id).size() == 1)
                        && inState(mark, JobState.DEAD) == 3);
        assertThat(bulk("discard", mark)).isEqualTo(3);
    }

    private void insertDead(UUID id, String mark, Instant came) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement insert = connection.prepareStatement("""
                        with dead as (
                            insert into job (id, type, key, payload, state, attempt, created_at, finished_at)
                            values (?, 'scripted', ?, ?::jsonb, 'dead', 1, ?, now()) returning id, created_at)
                        insert into job_failure select id, 1, created_at, now(), 'Made', 'up' from dead
                        """)) {
            insert.setObject(1, id);
            insert.setString(2, id.toString());
            insert.setString(3, "{\"failures\":1,\"how\":\"permanent\",\"gate\":\"" + mark + "\"}");
            insert.setObject(4, came.atOffset(ZoneOffset.UTC));
            insert.executeUpdate();
        }
    }

    private void runMigration() throws Exception {
        String sql;
        try (InputStream script = getClass().getResourceAsStream("/db/migration/V26__ids_of_when_jobs_came.sql")) {
            // Without the columns that a later migration removes.
            sql = new String(script.readAllBytes(), UTF_8).replaceAll("\\b(job\\.)?publish(ed)?_at,", "");
        }
        QuarkusTransaction.requiringNew().call(() -> {
            try (Connection connection = dataSource.getConnection();
                    Statement statement = connection.createStatement()) {
                return statement.execute(sql);
            }
        });
    }

    /** @return how many jobs it touched */
    private static int bulk(String action, String mark) {
        String operation = operator().post("/jobs/" + action + "?type=scripted&payload.gate=" + mark)
                .then()
                .statusCode(202)
                .extract()
                .header("Location");
        await().atMost(PATIENCE).until(() -> get(operation).extract().path("finishedAt") != null);
        return get(operation).extract().path("done");
    }

    private static ValidatableResponse get(String path) {
        return operator().get(path).then().statusCode(200);
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", OffstageResource.PASSWORD);
    }

    private static long inState(String mark, JobState state) {
        return ofGate(mark).stream().filter(job -> job.state == state).count();
    }

    private static List<Job> ofGate(String gate) {
        return QuarkusTransaction.requiringNew()
                .call(() -> Job.list("cast(payload as string) like ?1", "%" + gate + "%"));
    }

    private static String record(String id, String how, int failures) {
        return "{\"id\":\"" + id + "\",\"payload\":{\"failures\":" + failures + ",\"how\":\"" + how + "\"}}";
    }

    private static void awaitState(String id, JobState state) {
        await().alias(id + " is " + state)
                .atMost(PATIENCE)
                .until(() -> ofKey(id).stream().anyMatch(job -> job.state == state));
    }

    private static Job found(String id) {
        return ofKey(id).get(0);
    }

    /** The records have no key, so their ids are those. */
    private static List<Job> ofKey(String key) {
        return QuarkusTransaction.requiringNew().call(() -> Job.ofKey(key));
    }
}
