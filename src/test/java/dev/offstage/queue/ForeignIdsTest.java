package dev.offstage.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.Job;
import dev.offstage.job.JobState;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;
import dev.offstage.testing.TestTopic;

/** What other programs call their jobs is unique within a type, and no time. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class ForeignIdsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TestTopic queue = new TestTopic("scripted");

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
        for (int i = 0; i < 40; i++) {
            TestJobs.await(TestJobs.enqueue(Script.SUCCEEDS), JobState.COMPLETED);
        }

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
        UUID job = TestJobs.enqueue(Script.failsFirst(4));
        for (int attempt = 2; attempt <= 5; attempt++) {
            queue.write(record(job.toString(), "forged", 0), "offstage-attempt", Integer.toString(attempt));
        }

        Job done = TestJobs.await(job, JobState.COMPLETED);

        assertThat(done.attempt).isEqualTo(5);
        assertThat(ScriptedHandler.runs(job)).hasSize(5);
        List<Duration> ladder = List.of(Duration.ofMillis(100), Duration.ofMillis(200), Duration.ofMillis(400),
                Duration.ofMillis(800));
        for (int i = 0; i < ladder.size(); i++) {
            assertThat(ScriptedHandler.runs(job).get(i + 1).at())
                    .isAfterOrEqualTo(TestJobs.failures(job).get(i).failedAt.plus(ladder.get(i)).minusMillis(1));
        }
        assertThat(done.payload).doesNotContain("forged");
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
