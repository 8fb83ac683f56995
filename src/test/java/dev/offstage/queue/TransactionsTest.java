package dev.offstage.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.Job;
import dev.offstage.job.JobState;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.TestTopic;

/** Other programs write jobs in transactions of Kafka, and roll some of them back. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class TransactionsTest {

    private final TestTopic queue = new TestTopic("scripted");

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
        // The lane has read the topic's partitions past the marker of the first transaction when as many more have run.
        for (int i = 0; i < 20; i++) {
            String more = UUID.randomUUID().toString();
            queue.write(record(more));
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> jobs(more).size() == 1);
        }
        assertThat(jobs(aborted)).isEmpty();
    }

    private static String record(String how) {
        return "{\"payload\":{\"failures\":0,\"how\":\"" + how + "\"}}";
    }

    private static List<Job> jobs(String mark) {
        return QuarkusTransaction.requiringNew()
                .call(() -> Job.list("cast(payload as string) like ?1", "%" + mark + "%"));
    }
}
