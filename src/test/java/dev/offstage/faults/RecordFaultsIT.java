package dev.offstage.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

import dev.offstage.testing.TestTopic;

/** Records that nobody can read, between good ones. */
class RecordFaultsIT {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final String TYPE = "analytics-sync";
    private static final int MEBIBYTE = 1024 * 1024;
    private static final byte[] NOTHING = "no value at all".getBytes(UTF_8);
    private static final int ROUNDS = Form.of(5, 125);

    private final long start = System.currentTimeMillis();

    @Test
    void badRecordsBetweenGoodOnes() throws Exception {
        FaultCluster cluster = FaultCluster.running();
        Audit audit = new Audit(cluster);
        ForeignRecords records = new ForeignRecords(cluster);
        List<UUID> good = new ArrayList<>();
        List<ByteBuffer> bad = new ArrayList<>();
        try (var producer = records.producer()) {
            for (int round = 0; round < ROUNDS; round++) {
                for (ProducerRecord<byte[], byte[]> record : badRecords()) {
                    bad.add(bytes(record));
                    producer.send(record).get();
                    UUID id = UUID.randomUUID();
                    good.add(id);
                    producer.send(new ProducerRecord<>(TYPE, ForeignRecords.value(id, "Ada", ",\"unknown\":1")));
                }
            }
            for (ProducerRecord<byte[], byte[]> record : strangeButGoodRecords(good)) {
                producer.send(record).get();
            }
        }
        await().atMost(LIMIT).until(() -> audit.completed(good) == good.size());
        Audit.Outcome outcome = audit.settleJobs(good, LIMIT);

        Set<ByteBuffer> wanted = Set.copyOf(bad);
        var letters = new TestTopic(TYPE + ".dlq", cluster.kafka().clientSettings())
                .read(bad.size(), letter -> wanted.contains(bytes(letter)) && isOfThisRun(letter));
        FaultReport.add(bad.size() + " unreadable records between " + good.size() + " good ones", outcome,
                letters.size() + " dead letters, byte for byte what was written");
        assertThat(letters).extracting(RecordFaultsIT::bytes).containsExactlyInAnyOrderElementsOf(bad);
        assertThat(letters)
                .allSatisfy(letter -> assertThat(TestTopic.header(letter, "offstage-error-message")).isNotBlank());
        assertThat(outcome.failures()).isEmpty();
        assertThat(outcome.runTwice()).isZero();
    }

    private static List<ProducerRecord<byte[], byte[]>> badRecords() {
        ProducerRecord<byte[], byte[]> negative = new ProducerRecord<>(TYPE, ForeignRecords.value(UUID.randomUUID()));
        negative.headers().add("offstage-attempt", "-3".getBytes(UTF_8));
        return List.of(record("garbage \u0000\uffff " + UUID.randomUUID()),
                record("{\"payload\":{\"userId\":\"" + UUID.randomUUID()),
                record("{\"type\":\"no-such-type\",\"payload\":{}}"),
                new ProducerRecord<>(TYPE, null),
                record("{\"payload\":{\"userId\":\"not-a-uuid\"}}"),
                record("{\"id\":7,\"payload\":{}}"),
                new ProducerRecord<>(TYPE, ForeignRecords.value(UUID.randomUUID(), "x".repeat(3 * MEBIBYTE / 2), "")),
                negative);
    }

    /** A payload of nearly 1 MiB; and a retry record that a stranger wrote, due in a thousand years. */
    private static List<ProducerRecord<byte[], byte[]>> strangeButGoodRecords(List<UUID> good) {
        UUID large = UUID.randomUUID();
        UUID farFuture = UUID.randomUUID();
        good.addAll(List.of(large, farFuture));
        var waiting = new ProducerRecord<byte[], byte[]>(TYPE + ".retry-1s", ForeignRecords.value(farFuture));
        waiting.headers().add("offstage-due-at", "32503680000000".getBytes(UTF_8));
        return List.of(new ProducerRecord<>(TYPE, ForeignRecords.value(large, "x".repeat(MEBIBYTE - 1_000), "")),
                waiting);
    }

    private boolean isOfThisRun(ConsumerRecord<?, ?> letter) {
        return letter.timestamp() >= start;
    }

    private static ByteBuffer bytes(ProducerRecord<byte[], byte[]> record) {
        return ByteBuffer.wrap(record.value() == null ? NOTHING : record.value());
    }

    private static ByteBuffer bytes(ConsumerRecord<byte[], byte[]> record) {
        return ByteBuffer.wrap(record.value() == null ? NOTHING : record.value());
    }

    private static ProducerRecord<byte[], byte[]> record(String value) {
        return new ProducerRecord<>(TYPE, value.getBytes(UTF_8));
    }
}
