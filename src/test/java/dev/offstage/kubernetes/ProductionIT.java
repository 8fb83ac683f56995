package dev.offstage.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.Test;

import dev.offstage.testing.OffstageProcess;

/** The pods of production, but with a Kafka, a PostgreSQL and a mail server that ask nobody who they are. */
class ProductionIT {

    @Test
    void theyStartAndShareTheWork() throws Exception {
        assumeTrue(Overlay.canRender(), "kubectl is not installed");
        Map<String, String> secrets = Overlay
                .texts(Overlay.read(Path.of("k8s/production/secret.template.yaml")).path("stringData"));
        try (Pods pods = new Pods(Overlay.render("production"), secrets, Map.of("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT",
                "OFFSTAGE_TOPICS_REPLICATION", "1", "QUARKUS_MAILER_TLS", "false", "QUARKUS_MAILER_USERNAME", "",
                "QUARKUS_MAILER_PASSWORD", ""))) {
            pods.migrate();
            OffstageProcess api = pods.start("api");
            pods.start("relay").awaitReady();
            OffstageProcess worker = pods.start("worker").awaitReady();

            pods.assertThatASignUpIsDone(api, secrets.get("OFFSTAGE_OPERATOR_PASSWORD"));
            assertThat(worker.output()).contains("Lanes are open for [analytics-sync, mail,")
                    .doesNotContain("Unrecognized configuration key");
        }
    }
}
