package dev.offstage.queue;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.is;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import jakarta.inject.Inject;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.JobState;
import dev.offstage.job.ledger.Job;
import dev.offstage.job.ledger.LaneControls;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;
import dev.offstage.testing.TestTopic;

/** Other programs write jobs in transactions of Kafka, and roll some of them back. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class TransactionsIT {

    private final TestTopic queue = new TestTopic("scripted");

    @Inject
    ConsumerLag lag;

    @Inject
    Admin admin;

    @Inject
    LaneControls lanes;

    @Test
    void whatWasRolledBackNeverRunsAndWhatWasCommittedDoes() throws Exception {
        String aborted = UUID.randomUUID().toString();
        String committed = UUID.randomUUID().toString();

        queue.writeInTransaction(false, record(aborted), record(aborted));
        queue.writeInTransaction(true, record(committed));

        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> jobs(committed).size() == 1);
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> jobs(committed).get(0).state == JobState.COMPLETED);
        // A lane takes the records of a partition in their order: when one behind the rolled-back ones has run, they are past.
        String behind = UUID.randomUUID().toString();
        int partitions = admin.describeTopics(List.of("scripted"))
                .allTopicNames()
                .get(10, TimeUnit.SECONDS)
                .get("scripted")
                .partitions()
                .size();
        for (int partition = 0; partition < partitions; partition++) {
            queue.writeInTransaction(partition, true, record(behind));
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> jobs(behind).stream()
                        .filter(job -> job.state == JobState.COMPLETED)
                        .count() == partitions);
        assertThat(jobs(aborted)).isEmpty();
    }

    /** The marker takes an offset, in each partition that the transaction wrote to. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theEndOfATransactionIsNoLag(boolean commit) throws Exception {
        String last = UUID.randomUUID().toString();
        String[] records = new String[20];
        Arrays.fill(records, record(last));

        queue.writeInTransaction(commit, records);

        awaitNoLag();
        assertThat(lag.isDoneWithAllBefore("scripted", Instant.now())).isTrue();
        assertThat(jobs(last)).hasSize(commit ? records.length : 0).allMatch(job -> job.state == JobState.COMPLETED);
    }

    /** Nothing of Offstage writes so to a retry topic, but others may. */
    @Test
    void norIsItOneForTheLadder() throws Exception {
        String rung = "scripted.retry-100ms";

        new TestTopic(rung).writeInTransaction(false, record("rolled back"));

        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> lag.ofRungs(List.of(rung)).get(rung), is(0L));
    }

    /** The lane has read it, and holds it back, however many transactions end behind it. */
    @Test
    void noOffsetPassesAJobThatIsNotDone() throws Exception {
        awaitNoLag();
        steer("pause");
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> lanes.of("scripted").paused());
        UUID waiting = TestJobs.enqueue(Script.SUCCEEDS);
        ConsumerRecord<byte[], byte[]> record = queue.read(waiting);
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        String aside = UUID.randomUUID().toString();
        for (int i = 0; i < 5; i++) {
            queue.writeInTransaction(partition.partition(), i % 2 == 0, record(aside));
        }

        Awaitility.await()
                .during(Duration.ofSeconds(6))
                .atMost(Duration.ofSeconds(60))
                .until(() -> committed(partition) <= record.offset());
        steer("resume");

        awaitNoLag();
        assertThat(committed(partition)).isGreaterThan(record.offset() + 5);
        assertThat(TestJobs.find(waiting).state).isEqualTo(JobState.COMPLETED);
        assertThat(jobs(aside)).hasSize(3).allMatch(job -> job.state == JobState.COMPLETED);
    }

    private static void steer(String how) {
        given().auth()
                .preemptive()
                .basic("operator", OffstageResource.PASSWORD)
                .post("/types/scripted/" + how)
                .then()
                .statusCode(200);
    }

    private void awaitNoLag() {
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> lag.byType().get("scripted"), is(0L));
    }

    private long committed(TopicPartition partition) throws Exception {
        OffsetAndMetadata committed = admin.listConsumerGroupOffsets(ConsumerGroups.ofLane("scripted"))
                .partitionsToOffsetAndMetadata()
                .get(10, TimeUnit.SECONDS)
                .get(partition);
        return committed == null ? 0 : committed.offset();
    }

    private static String record(String how) {
        return "{\"payload\":{\"failures\":0,\"how\":\"" + how + "\"}}";
    }

    private static List<Job> jobs(String mark) {
        return QuarkusTransaction.requiringNew()
                .call(() -> Job.list("cast(payload as string) like ?1", "%" + mark + "%"));
    }
}
