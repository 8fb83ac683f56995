package dev.offstage.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import dev.offstage.testing.TestDirectories;

class EmbeddedKafkaTest {

    private static final String TOPIC = "kept";

    @Test
    void keeps_its_port_and_records_over_a_restart() throws Exception {
        try (EmbeddedKafka kafka = new EmbeddedKafka(TestDirectories.make("kafka"), 0)) {
            kafka.start();
            String address = kafka.bootstrapServers();
            write(kafka, "before");

            kafka.stop();
            kafka.start();

            assertThat(kafka.bootstrapServers()).isEqualTo(address);
            assertThat(read(kafka, 1)).containsExactly("before");
        }
    }

    @Test
    void starts_on_the_data_of_a_broker_with_other_ports() throws Exception {
        Path directory = TestDirectories.make("kafka");
        try (EmbeddedKafka first = new EmbeddedKafka(directory, 0)) {
            first.start();
            write(first, "from the first");
        }

        try (EmbeddedKafka second = new EmbeddedKafka(directory, 0)) {
            second.start();

            assertThat(read(second, 1)).containsExactly("from the first");
        }
    }

    @Test
    void does_not_create_topics_by_itself() throws Exception {
        try (EmbeddedKafka kafka = new EmbeddedKafka(TestDirectories.make("kafka"), 0)) {
            kafka.start();
            try (KafkaConsumer<String, String> consumer = consumer(kafka)) {
                consumer.subscribe(List.of("nobody-made-this"));
                consumer.poll(Duration.ofSeconds(1));
            }
            try (Admin admin = admin(kafka)) {
                assertThat(admin.listTopics().names().get(10, TimeUnit.SECONDS)).doesNotContain("nobody-made-this");
            }
        }
    }

    private static Admin admin(EmbeddedKafka kafka) {
        return Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
    }

    private static void write(EmbeddedKafka kafka, String value) throws Exception {
        try (Admin admin = admin(kafka)) {
            admin.createTopics(Set.of(new NewTopic(TOPIC, 1, (short) 1))).all().get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException("The topic was not created.", e);
        }
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()), new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>(TOPIC, value)).get(10, TimeUnit.SECONDS);
        }
    }

    private static KafkaConsumer<String, String> consumer(EmbeddedKafka kafka) {
        return new KafkaConsumer<>(Map.of("bootstrap.servers", kafka.bootstrapServers(), "group.id", "test"),
                new StringDeserializer(), new StringDeserializer());
    }

    private static List<String> read(EmbeddedKafka kafka, int count) {
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = consumer(kafka)) {
            TopicPartition partition = new TopicPartition(TOPIC, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> {
                consumer.poll(Duration.ofMillis(200)).forEach(found -> values.add(found.value()));
                return values.size() >= count;
            });
        }
        return values;
    }
}
