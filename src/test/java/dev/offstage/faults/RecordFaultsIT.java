package dev.offstage.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

import dev.offstage.testing.TestTopic;

/** Records that nobody can read, between good ones. */
class RecordFaultsIT {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final String TYPE = "analytics-sync";
    private static final int ROUNDS = Form.of(10, 125);

    @Test
    void badRecordsBetweenGoodOnes() throws Exception {
        FaultCluster cluster = FaultCluster.running();
        Audit audit = new Audit(cluster);
        List<UUID> good = new ArrayList<>();
        List<byte[]> bad = new ArrayList<>();
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.kafka().bootstrapServers(),
                        ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 2 * 1024 * 1024),
                new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int round = 0; round < ROUNDS; round++) {
                for (ProducerRecord<byte[], byte[]> record : badRecords()) {
                    producer.send(record);
                    bad.add(record.value());
                    UUID id = UUID.randomUUID();
                    good.add(id);
                    producer.send(record(valid(id, ",\"unknown\":1")));
                }
            }
        }
        await().atMost(LIMIT).until(() -> audit.completed(good) == good.size());
        var written = new Signups.Answer(201, null, Duration.ZERO, null, good);
        Audit.Outcome outcome = audit.settle(List.of(written), LIMIT);

        Set<ByteBuffer> wanted = bad.stream().map(ByteBuffer::wrap).collect(Collectors.toSet());
        var letters = new TestTopic(TYPE + ".dlq", cluster.kafka().bootstrapServers())
                .read(bad.size(), letter -> wanted.contains(ByteBuffer.wrap(letter.value())));
        FaultReport.add(bad.size() + " unreadable records between " + good.size() + " good ones", outcome,
                letters.size() + " dead letters, byte for byte what was written");
        assertThat(letters).hasSameSizeAs(bad)
                .allSatisfy(letter -> assertThat(TestTopic.header(letter, "offstage-error-message")).isNotBlank());
        assertThat(outcome.failures()).isEmpty();
        assertThat(outcome.runTwice()).isZero();
    }

    private static List<ProducerRecord<byte[], byte[]>> badRecords() {
        ProducerRecord<byte[], byte[]> negative = record(valid(UUID.randomUUID(), ""));
        negative.headers().add("offstage-attempt", "-3".getBytes(UTF_8));
        return List.of(record("garbage \u0000\uffff " + UUID.randomUUID()),
                record("{\"payload\":{\"userId\":\"" + UUID.randomUUID()),
                record("{\"type\":\"no-such-type\",\"payload\":{}}"),
                record("[]"),
                record("{\"payload\":{\"userId\":\"not-a-uuid\"}}"),
                record("{\"id\":7,\"payload\":{}}"),
                negative);
    }

    private static String valid(UUID id, String more) {
        return "{\"id\":\"" + id + "\",\"payload\":{\"userId\":\"" + UUID.randomUUID()
                + "\",\"email\":\"a@example.com\",\"name\":\"Ada\",\"signedUpAt\":\"2026-01-01T00:00:00Z\"}" + more
                + "}";
    }

    private static ProducerRecord<byte[], byte[]> record(String value) {
        return new ProducerRecord<>(TYPE, value.getBytes(UTF_8));
    }
}
