package dev.offstage.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.JobState;
import dev.offstage.job.ledger.Job;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;
import dev.offstage.testing.TestTopic;

/** PostgreSQL was restored to a moment before a job, whose record Kafka still has: as docs/kubernetes.md says. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class RestoredRowsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TestTopic queue = new TestTopic("scripted");

    @Test
    void aRecordThatIsAheadOfTheRowsRunsOnceWithARowOfItsOwn() throws Exception {
        UUID lost = TestJobs.enqueue(Script.SUCCEEDS);
        TestJobs.await(lost, JobState.COMPLETED);
        ConsumerRecord<byte[], byte[]> record = queue.read(lost);
        QuarkusTransaction.requiringNew().run(() -> Job.deleteById(lost));

        queue.repeat(record);
        queue.repeat(record);

        await().atMost(PATIENCE).until(() -> named(lost).stream().anyMatch(job -> job.state == JobState.COMPLETED));
        for (int i = 0; i < 40; i++) { // on all partitions, so that both records have been read
            TestJobs.await(TestJobs.enqueue(Script.SUCCEEDS), JobState.COMPLETED);
        }
        assertThat(named(lost)).singleElement().satisfies(job -> {
            assertThat(job.id).isNotEqualTo(lost);
            assertThat(ScriptedHandler.runs(job.id)).hasSize(1);
        });
        assertThat(TestJobs.find(lost)).isNull();
    }

    /** Jobs of records that say so. */
    @SuppressWarnings("unchecked") // of a native query, which has no type
    private static List<Job> named(UUID id) {
        return QuarkusTransaction.requiringNew()
                .call(() -> Job.getEntityManager()
                        .createNativeQuery("select job.* from job join foreign_job on job_id = id where record_id = ?1",
                                Job.class)
                        .setParameter(1, id.toString())
                        .getResultList());
    }
}
