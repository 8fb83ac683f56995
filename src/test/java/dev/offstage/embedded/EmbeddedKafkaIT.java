package dev.offstage.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import dev.offstage.testing.TestDirectories;

class EmbeddedKafkaIT {

    private static final String TOPIC = "kept";

    @Test
    void keeps_its_port_and_records_over_a_restart() throws Exception {
        try (EmbeddedKafka kafka = new EmbeddedKafka(newData(), 0)) {
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
        Path directory = newData();
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
        try (EmbeddedKafka kafka = new EmbeddedKafka(newData(), 0)) {
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

    @Test
    void answers_nobody_who_does_not_know_the_password() throws Exception {
        Path directory = newData();
        int controllerPort = Ports.free();
        try (EmbeddedKafka kafka = new EmbeddedKafka(directory, Ports.free(), controllerPort, Map.of())) {
            kafka.start();
            Map<String, String> known = kafka.clientSettings();
            Map<String, String> wrong = new HashMap<>(known);
            wrong.computeIfPresent("sasl.jaas.config",
                    (setting, login) -> login.replaceAll("password=\".", "password=\"!"));
            Map<String, String> unknown = new HashMap<>(known);
            unknown.computeIfPresent("sasl.jaas.config", (setting, login) -> login.replace("offstage", "somebody"));
            Map<String, String> unasked = Map.of("bootstrap.servers", kafka.bootstrapServers());

            assertThat(topics(known)).isEmpty();
            assertThatThrownBy(() -> topics(wrong)).hasRootCauseInstanceOf(SaslAuthenticationException.class);
            assertThatThrownBy(() -> topics(unknown)).hasRootCauseInstanceOf(SaslAuthenticationException.class);
            assertThatThrownBy(() -> topics(unasked)).hasRootCauseInstanceOf(TimeoutException.class);
            assertThat(node(atController(known, controllerPort))).isEqualTo(1);
            assertThatThrownBy(() -> node(atController(wrong, controllerPort)))
                    .hasRootCauseInstanceOf(SaslAuthenticationException.class);
            assertThatThrownBy(() -> node(atController(unasked, controllerPort)))
                    .hasRootCauseInstanceOf(TimeoutException.class);
        }
    }

    @Test
    void keeps_its_password_for_its_owner_over_a_restart() throws Exception {
        Path directory = newData();
        Map<String, String> settings;
        try (EmbeddedKafka first = new EmbeddedKafka(directory, 0)) {
            first.start();
            settings = first.clientSettings();
        }
        try (EmbeddedKafka second = new EmbeddedKafka(directory, 0)) {
            second.start();

            assertThat(second.clientSettings().get("sasl.jaas.config")).isEqualTo(settings.get("sasl.jaas.config"));
        }
        for (String file : List.of("kafka-password", "kafka-client.properties")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolveSibling(file))))
                    .isEqualTo("rw-------");
        }
    }

    /** The file is what the command lines of the README name. */
    @Test
    void tells_the_owner_s_tools_how_to_connect() throws Exception {
        Path directory = newData();
        try (EmbeddedKafka kafka = new EmbeddedKafka(directory, 0)) {
            kafka.start();
            Properties file = new Properties();
            try (var written = Files.newBufferedReader(directory.resolveSibling("kafka-client.properties"))) {
                file.load(written);
            }
            file.put("bootstrap.servers", kafka.bootstrapServers());

            assertThat(file).isEqualTo(kafka.clientSettings());
        }
    }

    /** As in a process that runs the tests of several profiles. */
    @Test
    void has_a_password_of_its_own_beside_the_kafka_of_another_class_loader() throws Exception {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<URL> places = new ArrayList<>();
        for (String place : classPath.split(File.pathSeparator)) {
            places.add(Path.of(place).toUri().toURL());
        }
        Thread thread = Thread.currentThread();
        ClassLoader usual = thread.getContextClassLoader();
        try (URLClassLoader another = new URLClassLoader(places.toArray(URL[]::new),
                ClassLoader.getPlatformClassLoader())) {
            thread.setContextClassLoader(another);
            Class<?> kafka = another.loadClass(EmbeddedKafka.class.getName());
            try (AutoCloseable first = (AutoCloseable) kafka.getConstructor(Path.class, int.class)
                    .newInstance(newData(), 0)) {
                kafka.getMethod("start").invoke(first);
                thread.setContextClassLoader(usual);
                try (EmbeddedKafka second = new EmbeddedKafka(newData(), 0)) {
                    second.start();

                    assertThat(topics(second.clientSettings())).isEmpty();
                    @SuppressWarnings("unchecked")
                    Map<String, String> ofFirst = (Map<String, String>) kafka.getMethod("clientSettings").invoke(first);
                    assertThat(topics(ofFirst)).isEmpty();
                }
            }
        } finally {
            thread.setContextClassLoader(usual);
        }
    }

    private static Path newData() throws IOException {
        return TestDirectories.make("kafka").resolve("kafka");
    }

    private static Set<String> topics(Map<String, String> settings) throws Exception {
        try (Admin admin = impatient(settings)) {
            return admin.listTopics().names().get();
        }
    }

    private static int node(Map<String, String> settings) throws Exception {
        try (Admin admin = impatient(settings)) {
            return admin.describeMetadataQuorum().quorumInfo().get().leaderId();
        }
    }

    private static Map<String, String> atController(Map<String, String> settings, int port) {
        Map<String, String> atController = new HashMap<>(settings);
        atController.remove("bootstrap.servers");
        atController.put("bootstrap.controllers", "127.0.0.1:" + port);
        return atController;
    }

    private static Admin impatient(Map<String, String> settings) {
        Map<String, Object> impatient = new HashMap<>(settings);
        impatient.put("request.timeout.ms", "2000");
        impatient.put("default.api.timeout.ms", "2000");
        return Admin.create(impatient);
    }

    private static Admin admin(EmbeddedKafka kafka) {
        return Admin.create(Map.copyOf(kafka.clientSettings()));
    }

    private static void write(EmbeddedKafka kafka, String value) throws Exception {
        try (Admin admin = admin(kafka)) {
            admin.createTopics(Set.of(new NewTopic(TOPIC, 1, (short) 1))).all().get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException("The topic was not created.", e);
        }
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.<String, Object>copyOf(kafka.clientSettings()), new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>(TOPIC, value)).get(10, TimeUnit.SECONDS);
        }
    }

    private static KafkaConsumer<String, String> consumer(EmbeddedKafka kafka) {
        Map<String, Object> settings = new HashMap<>(kafka.clientSettings());
        settings.put("group.id", "test");
        return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
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
