package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.offstage.embedded.AnalyticsCollector.Answer;

/** Kafka forgets what it acknowledged, or brings again what was done long ago. */
@Tag("nightly")
class ForgottenRowsIT {

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final List<String> TOPICS = List.of("welcome-email", "analytics-sync");

    private interface Forgetting {
        void of(Admin admin) throws Exception;
    }

    @Test
    void topicsDeletedAndRecreated() throws Exception {
        queuedJobs("topics deleted, and made anew by a relay", admin -> {
            admin.deleteTopics(TOPICS).all().get();
            await().atMost(LIMIT).until(() -> admin.listTopics().names().get().containsAll(TOPICS)); // made anew
        });
    }

    @Test
    void retentionPassed() throws Exception {
        queuedJobs("retention passed: the records of queued jobs deleted", admin -> deleteRecords(admin, TOPICS));
    }

    private static void queuedJobs(String name, Forgetting forgetting) throws Exception {
        FaultCluster cluster = FaultCluster.running();
        Audit audit = new Audit(cluster);
        cluster.worker().terminate();
        Signups signups = new Signups(cluster::api).burst(Form.of(30, 1_000));
        await().atMost(LIMIT).until(() -> audit.inOutbox(signups.jobs()) == 0);
        try (Admin admin = cluster.admin()) {
            forgetting.of(admin);
        }
        cluster.startWorker().awaitReady();
        Audit.Outcome outcome = audit.settle(signups.accepted(), LIMIT);

        FaultReport.add(name, outcome, "");
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.runTwice()).isZero();
    }

    @Test
    void aRungIsForgotten() throws Exception {
        FaultCluster cluster = FaultCluster.running();
        Audit audit = new Audit(cluster);
        cluster.collector().answerWith(new Answer(429, Map.of("Retry-After", "3")));
        Signups signups = new Signups(cluster::api).burst(Form.of(30, 1_000));
        await().atMost(LIMIT).until(() -> audit.inState("retrying", signups.jobs()) == signups.accepted().size());
        cluster.api().terminate(); // and the ladder with it, which holds the next records in memory
        try (Admin admin = cluster.admin()) {
            deleteRecords(admin, List.of("analytics-sync.retry-4s"));
        }
        cluster.collector().answerWith(Answer.OK);
        cluster.startApi().awaitReady();
        Audit.Outcome outcome = audit.settle(signups.accepted(), LIMIT);

        FaultReport.add("retention passed: the records of retrying jobs deleted", outcome, "");
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.runTwice()).isZero();
        assertThat(audit.waits(signups.jobs(), "analytics-sync", 1).get(0))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(3));
    }

    /** What retention does at its own pace: everything up to now is gone. */
    private static void deleteRecords(Admin admin, List<String> topics) throws Exception {
        Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
        for (String topic : topics) {
            for (int partition = 0; partition < FaultCluster.PARTITIONS; partition++) {
                all.put(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(-1));
            }
        }
        admin.deleteRecords(all).all().get();
    }

    @Test
    void offsetsResetToTheBeginning() throws Exception {
        FaultCluster cluster = FaultCluster.running();
        Audit audit = new Audit(cluster);
        Signups signups = new Signups(cluster::api).burst(Form.of(100, 2_000));
        audit.settle(signups.accepted(), LIMIT);

        cluster.worker().terminate();
        try (Admin admin = cluster.admin()) {
            for (String topic : TOPICS) {
                for (int partition = 0; partition < FaultCluster.PARTITIONS; partition++) {
                    admin.alterConsumerGroupOffsets("offstage." + topic,
                            Map.of(new TopicPartition(topic, partition), new OffsetAndMetadata(0))).all().get();
                }
            }
        }
        cluster.startWorker().awaitReady();
        Signups later = new Signups(cluster::api).burst(40); // behind everything that comes again
        audit.settle(later.accepted(), LIMIT);
        Audit.Outcome outcome = audit.settle(signups.accepted(), LIMIT);

        FaultReport.add("offsets reset to the beginning", outcome, "");
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.runAgain()).as("finished jobs that ran again").isZero();
        assertThat(outcome.runTwice()).isZero();
        assertThat(outcome.mailsTwice() + outcome.eventsTwice()).isZero();
    }
}
