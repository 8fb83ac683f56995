package dev.offstage.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;

import dev.offstage.testing.OffstageProcess;

/** The pods of production, but with the Kafka, the PostgreSQL and the mail server of this test, which have no certificates. */
class ProductionIT {

    private static final List<String> SETTINGS = List.of("max.message.bytes", "message.timestamp.type");
    private static final int TIMEOUT_SECONDS = 30;

    private static Overlay production;

    @BeforeAll
    static void render() throws Exception {
        assumeTrue(Overlay.canRender(), "kubectl is not installed");
        production = Overlay.render("production");
    }

    @Test
    void theyStartAndShareTheWork() throws Exception {
        // Beside how the parts are reached, one variable is misspelt.
        Map<String, String> secrets = Overlay
                .texts(Overlay.readAll(Path.of("k8s/production/secret.template.yaml")).get(0).path("stringData"));
        try (Pods pods = new Pods(production, secrets,
                Map.of("OFFSTAGE_TOPICS_REPLICATION", "1", "QUARKUS_MAILER_TLS", "false", "QUARKUS_MAILER_USERNAME", "",
                        "QUARKUS_MAILER_PASSWORD", "", "OFFSTAGE_LANEZ", "mail"))) {
            pods.migrate("api");
            pods.makeTablesNewer();
            OffstageProcess api = pods.start("api");
            pods.start("relay").awaitReady();
            OffstageProcess worker = pods.start("worker").awaitReady();

            pods.assertThatASignUpIsDone(api, secrets.get("OFFSTAGE_OPERATOR_PASSWORD"));
            assertThat(worker.output())
                    .contains("This process has the roles worker", "Lanes are open for [analytics-sync, mail,",
                            "The variable OFFSTAGE_LANEZ is not a setting")
                    .containsOnlyOnce("is not a setting")
                    .doesNotContain("Unrecognized configuration key");
            assertThatTopicsAreAsWritten(pods);
        }
    }

    /** The relay has just made them, so there is nothing to compare them with but what Offstage itself wants. */
    private static void assertThatTopicsAreAsWritten(Pods pods) throws Exception {
        Map<String, JsonNode> written = production.ofKind("KafkaTopic")
                .collect(Collectors.toMap(Overlay::nameOf, topic -> topic.path("spec")));
        try (Admin admin = Admin.create(Map.copyOf(pods.kafka()))) {
            var topics = admin.describeTopics(written.keySet()).allTopicNames().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            var settings = admin
                    .describeConfigs(written.keySet()
                            .stream()
                            .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                            .toList())
                    .all()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            settings.forEach((topic, made) -> {
                JsonNode spec = written.get(topic.name());
                assertThat(spec.path("partitions").asInt()).as(topic.name())
                        .isEqualTo(topics.get(topic.name()).partitions().size());
                assertThat(SETTINGS).as(topic.name())
                        .allSatisfy(setting -> assertThat(spec.path("config").path(setting).asText())
                                .isEqualTo(made.get(setting).value()));
            });
        }
    }
}
