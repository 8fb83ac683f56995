package dev.offstage.faults;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Jobs that another program writes to Kafka: thousands in an instant. */
final class ForeignRecords {

    private final FaultCluster cluster;

    ForeignRecords(FaultCluster cluster) {
        this.cluster = cluster;
    }

    /** @return the ids of the jobs, whose records Kafka has */
    List<UUID> write(String type, int count) {
        List<UUID> ids = new ArrayList<>();
        try (var producer = producer()) {
            for (int i = 0; i < count; i++) {
                UUID id = UUID.randomUUID();
                ids.add(id);
                producer.send(new ProducerRecord<>(type, id.toString().getBytes(StandardCharsets.UTF_8), value(id)));
            }
        }
        return ids;
    }

    KafkaProducer<byte[], byte[]> producer() {
        Map<String, Object> settings = new HashMap<>(cluster.kafka().clientSettings());
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 4 * 1024 * 1024);
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    static byte[] value(UUID id) {
        return value(id, "Ada", "");
    }

    /** @param more further fields, beginning with a comma */
    static byte[] value(UUID id, String name, String more) {
        return ("{\"id\":\"" + id + "\",\"payload\":{\"userId\":\"" + UUID.randomUUID()
                + "\",\"email\":\"a@example.com\",\"name\":\"" + name + "\",\"signedUpAt\":\"2026-01-01T00:00:00Z\"}"
                + more + "}").getBytes(StandardCharsets.UTF_8);
    }
}
