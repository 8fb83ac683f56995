package dev.offstage.queue;

import static dev.offstage.testing.TestTopic.header;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

import io.quarkus.hibernate.orm.panache.Panache;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.offstage.job.JobState;
import dev.offstage.job.NewJob;
import dev.offstage.job.ledger.Job;
import dev.offstage.job.watch.JobFailure;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler;
import dev.offstage.testing.ScriptedHandler.Run;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;
import dev.offstage.testing.TestTopic;

/** The invariants of the design, on a real broker and a real database. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class JobLifeIT {

    private static final List<Duration> LADDER = List.of(Duration.ofMillis(100), Duration.ofMillis(200),
            Duration.ofMillis(400), Duration.ofMillis(800));

    private final TestTopic queue = new TestTopic("scripted");
    private final TestTopic deadLetters = new TestTopic("scripted.dlq");
    private final ObjectMapper json = new ObjectMapper();

    @Test
    void invariant2EveryCommittedJobEnds() {
        List<UUID> jobs = TestJobs.enqueue(IntStream.range(0, 300)
                .mapToObj(i -> new NewJob("scripted", i % 3 == 0 ? Script.failsFirst(1) : Script.SUCCEEDS, "key-" + i))
                .toList());

        jobs.forEach(job -> TestJobs.await(job, JobState.COMPLETED));
    }

    @Test
    void aWorkerWithoutRoomGivesItsJobBackAndUsesUpNoAttempt() {
        UUID job = TestJobs.enqueue(new Script(2, "busy", null));

        TestJobs.await(job, JobState.COMPLETED);

        assertThat(ScriptedHandler.runs(job)).extracting(Run::attempt).containsExactly(1, 1, 1);
    }

    @Test
    void aRecordIsReadableAndDescribesItselfAsACloudEvent() throws Exception {
        UUID job = TestJobs.enqueue(Script.SUCCEEDS);

        ConsumerRecord<byte[], byte[]> record = queue.read(job);

        JsonNode value = json.readTree(record.value());
        assertThat(value.fieldNames()).toIterable().containsExactly("id", "type", "payload", "enqueuedAt");
        assertThat(value.get("id").asText()).isEqualTo(job.toString());
        assertThat(value.get("payload").get("how").asText()).isEqualTo("passing");
        assertThat(header(record, "ce_specversion")).isEqualTo("1.0");
        assertThat(header(record, "ce_type")).isEqualTo("dev.offstage.scripted");
        assertThat(header(record, "ce_source")).isNotBlank();
        assertThat(Instant.parse(header(record, "ce_time"))).isEqualTo(Instant.parse(value.get("enqueuedAt").asText()));
        assertThat(header(record, "offstage-attempt")).isEqualTo("1");
        assertThat(header(record, "traceparent")).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]");
    }

    @Test
    void invariant3AFinishedJobNeverRunsAgain() throws Exception {
        UUID completed = TestJobs.enqueue(Script.SUCCEEDS);
        UUID dead = TestJobs.enqueue(Script.fails("permanent"));
        TestJobs.await(completed, JobState.COMPLETED);
        TestJobs.await(dead, JobState.DEAD);

        queue.repeat(queue.read(completed));
        queue.repeat(queue.read(dead));
        passOneMoreJob();

        assertThat(ScriptedHandler.runs(completed)).hasSize(1);
        assertThat(ScriptedHandler.runs(dead)).hasSize(1);
    }

    @Test
    void invariant4ASecondDeliveryDoesNotRunBesideTheFirst() throws Exception {
        String gate = UUID.randomUUID().toString();
        UUID job = TestJobs.enqueue(Script.waitsFor(gate));
        TestJobs.awaitRuns(job, 1);

        queue.repeat(queue.read(job));
        passOneMoreJob();
        ScriptedHandler.open(gate);
        TestJobs.await(job, JobState.COMPLETED);

        assertThat(ScriptedHandler.runs(job)).hasSize(1);
    }

    @Test
    void invariant6GarbageGoesToTheDeadLettersAsItIsAndStopsNothing() throws Exception {
        List<UUID> good = new ArrayList<>();
        List<byte[]> garbage = List.of(new byte[]{0, (byte) 0xff, 7}, "{\"payload\":".getBytes(UTF_8),
                "[]".getBytes(UTF_8), "{\"payload\":{},\"type\":\"unknown\"}".getBytes(UTF_8),
                "{\"payload\":{\"failures\":\"many\"}}".getBytes(UTF_8),
                "{\"payload\":{\"failures\":0,\"how\":\"passing\",\"gate\":\"\\ud800\"}}".getBytes(UTF_8),
                "{\"payload\":{\"failures\":0,\"how\":\"passing\",\"gate\":1e400}}".getBytes(UTF_8),
                ("{\"id\":\"" + "x".repeat(201) + "\",\"payload\":{\"failures\":0,\"how\":\"passing\"}}")
                        .getBytes(UTF_8));
        for (byte[] bytes : garbage) {
            good.add(TestJobs.enqueue(Script.SUCCEEDS));
            queue.write(bytes);
        }
        good.add(TestJobs.enqueue(Script.SUCCEEDS));

        good.forEach(job -> TestJobs.await(job, JobState.COMPLETED));
        var letters = deadLetters.read(garbage.size(),
                letter -> garbage.stream().anyMatch(bytes -> Arrays.equals(bytes, letter.value())));
        assertThat(letters).extracting(ConsumerRecord::value).containsExactlyInAnyOrderElementsOf(garbage);
        assertThat(letters).allSatisfy(letter -> {
            assertThat(header(letter, "offstage-error-class")).isNotBlank();
            assertThat(header(letter, "offstage-error-message")).isNotBlank();
            assertThat(header(letter, "offstage-origin")).matches("scripted-\\d+@\\d+");
        });
    }

    @Test
    void aJobWhosePayloadItsTypeNoLongerTakesDies() throws Exception {
        UUID job = TestJobs.enqueue(Script.SUCCEEDS, Instant.now().plusSeconds(600));
        QuarkusTransaction.requiringNew()
                .run(() -> Panache.getEntityManager()
                        .createNativeQuery(
                                """
                                        with job as (
                                            update job set payload = '{"failures":"many"}', due_at = now() where id = :id returning id
                                        )
                                        update outbox set publish_at = now() from job where job.id = any(jobs)
                                        """)
                        .setParameter("id", job)
                        .executeUpdate());

        TestJobs.await(job, JobState.DEAD);

        assertThat(TestJobs.failures(job)).singleElement()
                .satisfies(failure -> assertThat(failure.errorMessage).contains("does not fit the type scripted"));
        JsonNode letter = json.readTree(deadLetters.read(job).value());
        assertThat(letter.get("payload").get("failures").asText()).isEqualTo("many");
        assertThat(letter.get("error").get("message").asText()).contains("does not fit");
        assertThat(ScriptedHandler.runs(job)).isEmpty();
    }

    @Test
    void invariant7APermanentFailureGoesStraightToTheDeadLetters() throws Exception {
        UUID job = TestJobs.enqueue(Script.fails("permanent"));

        TestJobs.await(job, JobState.DEAD);

        ConsumerRecord<byte[], byte[]> letter = deadLetters.read(job);
        JsonNode value = json.readTree(letter.value());
        assertThat(value.get("attempts").asInt()).isEqualTo(1);
        assertThat(Instant.parse(value.get("failedAt").asText())).isBefore(Instant.now());
        assertThat(value.get("error").get("class").asText()).endsWith("PermanentFailure");
        assertThat(value.get("error").get("message").asText()).isEqualTo("There is no such thing.");
        assertThat(header(letter, "offstage-error-message")).isEqualTo("There is no such thing.");
        assertThat(header(letter, "offstage-origin")).matches("scripted-\\d+@\\d+");
    }

    @Test
    void aJobClimbsTheWholeLadderAndEndsWithTheDeadLetters() throws Exception {
        UUID job = TestJobs.enqueue(Script.fails("passing"));

        Job dead = TestJobs.await(job, JobState.DEAD);

        assertThat(dead.attempt).isEqualTo(5);
        assertThat(ScriptedHandler.runs(job)).extracting(Run::attempt).containsExactly(1, 2, 3, 4, 5);
        assertThat(TestJobs.failures(job)).extracting(failure -> failure.errorMessage)
                .containsExactly("Attempt 1 did not work out.", "Attempt 2 did not work out.",
                        "Attempt 3 did not work out.", "Attempt 4 did not work out.", "Attempt 5 did not work out.");
        JsonNode letter = json.readTree(deadLetters.read(job).value());
        assertThat(letter.get("attempts").asInt()).isEqualTo(5);
        assertThat(letter.get("error").get("message").asText()).isEqualTo("Attempt 5 did not work out.");
    }

    @Test
    void aJobThatSucceedsOnItsThirdAttemptIsCompleted() {
        UUID job = TestJobs.enqueue(Script.failsFirst(2));

        Job completed = TestJobs.await(job, JobState.COMPLETED);

        assertThat(completed.attempt).isEqualTo(3);
        assertThat(TestJobs.failures(job)).hasSize(2);
        assertThat(ScriptedHandler.runs(job)).hasSize(3);
    }

    @Test
    void invariant8NoAttemptStartsBeforeItsDelayHasPassed() {
        List<UUID> jobs = TestJobs.enqueue(IntStream.range(0, 100)
                .mapToObj(i -> new NewJob("scripted", Script.failsFirst(4), "key-" + i))
                .toList());

        for (UUID job : jobs) {
            TestJobs.await(job, JobState.COMPLETED);
            List<JobFailure> failures = TestJobs.failures(job);
            for (int i = 0; i < LADDER.size(); i++) {
                assertThat(ScriptedHandler.runs(job).get(i + 1).at())
                        .isAfterOrEqualTo(failures.get(i).failedAt.plus(LADDER.get(i)));
            }
        }
    }

    @Test
    void aWaitThatTheOtherSideAskedForIsKept() {
        UUID job = TestJobs.enqueue(new Script(1, "later", null));

        TestJobs.await(job, JobState.COMPLETED);

        Instant failed = TestJobs.failures(job).get(0).failedAt;
        assertThat(ScriptedHandler.runs(job).get(1).at()).isAfterOrEqualTo(failed.plusMillis(400));
    }

    @Test
    void anAttemptThatHangsIsInterruptedAtItsTimeout() {
        UUID job = TestJobs.enqueue(new Script(1, "hang", null));

        TestJobs.await(job, JobState.COMPLETED);

        assertThat(TestJobs.failures(job)).singleElement()
                .satisfies(failure -> assertThat(failure.errorMessage).contains("timeout of 5s"));
    }

    @Test
    void whoAsksTooMuchOfPostgresqlHasFailed() {
        UUID job = TestJobs.enqueue(new Script(1, "slow-statement", null));

        TestJobs.await(job, JobState.COMPLETED);

        assertThat(TestJobs.failures(job)).singleElement()
                .satisfies(failure -> assertThat(failure.errorMessage).contains("statement timeout"));
    }

    @Test
    void anErrorIsAFailureLikeAnyOther() {
        UUID job = TestJobs.enqueue(new Script(1, "error", null));

        TestJobs.await(job, JobState.COMPLETED);

        assertThat(TestJobs.failures(job)).singleElement()
                .satisfies(failure -> assertThat(failure.errorClass).isEqualTo("java.lang.StackOverflowError"));
    }

    @Test
    void aJobOfTheFutureWaitsUntilItIsDue() {
        Instant runAt = Instant.now().plusMillis(1_500);

        UUID job = TestJobs.enqueue(Script.SUCCEEDS, runAt);

        assertThat(TestJobs.find(job).state).isEqualTo(JobState.SCHEDULED);
        TestJobs.await(job, JobState.COMPLETED);
        assertThat(ScriptedHandler.runs(job)).singleElement()
                .satisfies(run -> assertThat(run.at()).isAfterOrEqualTo(runAt.minusMillis(1)));
    }

    @Test
    void aRecordOfAnotherProgramIsAJobToo() throws Exception {
        String id = UUID.randomUUID().toString();
        queue.write("{\"id\":\"" + id + "\",\"payload\":{\"failures\":0,\"how\":\"passing\"}}");
        String gate = UUID.randomUUID().toString();
        ScriptedHandler.open(gate);
        queue.write("{\"payload\":{\"failures\":1,\"how\":\"passing\",\"gate\":\"" + gate + "\"}}");

        await().atMost(Duration.ofSeconds(30)).until(() -> completedInTwoAttempts(gate) == 1);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> ofKey(id).size() == 1 && ofKey(id).get(0).state == JobState.COMPLETED);
    }

    private static List<Job> ofKey(String key) {
        return QuarkusTransaction.requiringNew().call(() -> Job.ofKey(key));
    }

    private static long completedInTwoAttempts(String gate) {
        return QuarkusTransaction.requiringNew()
                .call(() -> Job.count("cast(payload as string) like ?1 and state = ?2 and attempt = 2",
                        "%" + gate + "%",
                        JobState.COMPLETED));
    }

    @Test
    void aDeadLetterThatSomeoneSendsBackIsARedrive() throws Exception {
        UUID job = TestJobs.enqueue(new Script(1, "permanent", null));
        TestJobs.await(job, JobState.DEAD);
        byte[] line = deadLetters.read(job).value();

        queue.write(line);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> ScriptedHandler.runs(job).size() == 2);
        queue.write(line);
        passOneMoreJob();

        assertThat(ScriptedHandler.runs(job)).extracting(Run::attempt).containsExactly(1, 1);
    }

    @Test
    void aDeadLetterThatSomeoneMendsAndSendsBackRunsWithItsNewPayloadAndItsOldKey() throws Exception {
        UUID job = TestJobs.enqueue(Script.fails("permanent"));
        String key = TestJobs.await(job, JobState.DEAD).key;
        ObjectNode letter = (ObjectNode) json.readTree(deadLetters.read(job).value());
        ((ObjectNode) letter.get("payload")).put("how", "passing").put("failures", 1);

        queue.write(json.writeValueAsBytes(letter)); // a console producer gives it no key

        Job completed = TestJobs.await(job, JobState.COMPLETED);
        assertThat(completed.attempt).isEqualTo(2);
        assertThat(completed.key).isEqualTo(key);
        assertThat(json.readTree(completed.payload).get("how").asText()).isEqualTo("passing");
        ConsumerRecord<byte[], byte[]> retry = new TestTopic("scripted.retry-100ms").read(job);
        assertThat(new String(retry.key(), UTF_8)).isEqualTo(key);
    }

    @Test
    void aRecordThatNamesAnotherJobNeitherRunsNorEndsIt() throws Exception {
        UUID future = TestJobs.enqueue(Script.SUCCEEDS, Instant.now().plusSeconds(600));
        String gate = UUID.randomUUID().toString();
        UUID running = TestJobs.enqueue(Script.waitsFor(gate));
        TestJobs.awaitRuns(running, 1);

        new TestTopic("avatar-resize").write(
                "{\"id\":\"" + running + "\",\"payload\":{\"userId\":\"" + UUID.randomUUID() + "\"}}");
        queue.write("{\"id\":\"" + future + "\",\"payload\":{\"failures\":0,\"how\":\"passing\"}}");
        queue.write("{\"id\":\"" + running + "\",\"payload\":{\"failures\":\"many\"}}"); // of its type, and unfit
        passOneMoreJob();
        ScriptedHandler.open(gate);
        TestJobs.await(running, JobState.COMPLETED);

        assertThat(TestJobs.find(future).state).isEqualTo(JobState.SCHEDULED);
        assertThat(TestJobs.find(running).type).isEqualTo("scripted");
        assertThat(TestJobs.failures(running)).isEmpty();
    }

    /** Whatever was written to the queue before has been looked at when these are done: there is one on each partition. */
    private static void passOneMoreJob() {
        List<UUID> jobs = TestJobs.enqueue(IntStream.range(0, 32)
                .mapToObj(i -> new NewJob("scripted", Script.SUCCEEDS, "pass-" + i))
                .toList());
        jobs.forEach(job -> TestJobs.await(job, JobState.COMPLETED));
    }
}
