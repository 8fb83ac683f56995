package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Partitions are added to a type while its jobs run: keys move to other partitions, jobs are neither lost nor run twice. */
@Tag("nightly")
class MorePartitionsIT {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final String TYPE = "welcome-email";
    private static final int PER_SECOND = Form.of(20, 60);
    private static final int MORE = 2 * FaultCluster.PARTITIONS;

    @Test
    void partitionsAreAddedUnderLoad() throws Exception {
        FaultCluster cluster = FaultCluster.running();
        Signups signups = new Signups(cluster::api).startAt(PER_SECOND);
        await().atMost(LIMIT).until(() -> signups.accepted().size() > PER_SECOND);

        try (Admin admin = cluster.admin()) {
            admin.createPartitions(Stream.of("", ".retry-1s", ".retry-4s", ".retry-16s", ".retry-64s", ".dlq")
                    .collect(Collectors.toMap(topic -> TYPE + topic, topic -> NewPartitions.increaseTo(MORE))))
                    .all()
                    .get();
            await().atMost(LIMIT).until(() -> partitionsWorkedOn(admin) == MORE);
        }
        Audit.Outcome outcome = new Audit(cluster).settle(signups.stop().accepted(), LIMIT);

        FaultReport.add(
                "%d partitions become %d under %d sign-ups/s".formatted(FaultCluster.PARTITIONS, MORE, PER_SECOND),
                outcome, "");
        assertThat(signups.accepted()).hasSameSizeAs(signups.all());
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.failures()).as("attempts used up").isEmpty();
        assertThat(outcome.runTwice()).isZero();
        assertThat(outcome.runAgain()).isZero();
        assertThat(outcome.mailsTwice()).isZero();
    }

    private static long partitionsWorkedOn(Admin admin) throws Exception {
        Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets("offstage." + TYPE)
                .partitionsToOffsetAndMetadata()
                .get();
        return committed.values().stream().filter(offset -> offset != null && offset.offset() > 0).count();
    }
}
