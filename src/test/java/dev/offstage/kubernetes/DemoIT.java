package dev.offstage.kubernetes;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import io.restassured.http.ContentType;

import com.fasterxml.jackson.databind.JsonNode;

import dev.offstage.embedded.EmbeddedParts;
import dev.offstage.embedded.EmbeddedSettings;
import dev.offstage.testing.OffstageProcess;
import dev.offstage.testing.TestDirectories;

/**
 * The pods of the demo as processes: each with the environment that Kubernetes would give it, but for where Kafka, PostgreSQL, mail
 * and collector are.
 */
class DemoIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final List<OffstageProcess> PROCESSES = new ArrayList<>();
    private static EmbeddedParts parts;
    private static Map<String, String> addresses;
    private static Overlay demo;
    private static Map<String, String> secrets;
    private static OffstageProcess api;

    @BeforeAll
    static void startPods() throws Exception {
        assumeTrue(Overlay.canRender(), "kubectl is not installed");
        demo = Overlay.render("demo");
        secrets = Overlay.texts(demo.ofKind("Secret")
                .filter(secret -> Overlay.nameOf(secret).startsWith("offstage-"))
                .findFirst()
                .orElseThrow()
                .path("data"));
        parts = new EmbeddedParts(new EmbeddedSettings(TestDirectories.make("demo"), 0, 0, 0, 0, 0), Set.of());
        addresses = parts.start();
        assertThat(start("Job", "migration").awaitEnd()).as("the migration").isZero();
        api = start("Deployment", "api");
        for (String name : List.of("relay", "scheduler", "worker")) {
            start("Deployment", name);
        }
        PROCESSES.subList(1, PROCESSES.size()).forEach(OffstageProcess::awaitReady);
    }

    private static OffstageProcess start(String kind, String name) throws Exception {
        JsonNode workload = demo.get(kind, name);
        Map<String, String> environment = demo.environment(workload);
        secrets.forEach((variable, encoded) -> environment.put(variable,
                new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8)));
        addresses.forEach(
                (setting, value) -> environment.put(setting.toUpperCase(Locale.ROOT).replaceAll("[^A-Z]", "_"), value));
        OffstageProcess process = OffstageProcess.inEnvironment("demo-" + name, environment);
        PROCESSES.add(process);
        return process;
    }

    @AfterAll
    static void stopPods() throws Exception {
        for (OffstageProcess process : PROCESSES) {
            process.close();
        }
        if (parts != null) {
            parts.close();
        }
    }

    @Test
    void aSignUpAtTheApiIsDoneByTheWorker() throws Exception {
        String email = UUID.randomUUID() + "@example.com";
        given().contentType(ContentType.JSON)
                .body(Map.of("email", email, "name", "Ada"))
                .post(api.uri("/signup"))
                .then()
                .statusCode(201);

        await().atMost(PATIENCE)
                .until(() -> parts.mailbox().newest(10).stream().anyMatch(mail -> mail.to().contains(email)));
        await().atMost(PATIENCE)
                .until(() -> given().auth()
                        .preemptive()
                        .basic("operator", "offstage")
                        .get(api.uri("/stats"))
                        .jsonPath()
                        .getInt("completed") == 2);
    }

    @Test
    void everySettingIsKnownAndLogsAreJson() throws Exception {
        for (OffstageProcess process : PROCESSES) {
            assertThat(process.output()).doesNotContain("Unrecognized configuration key")
                    .contains("\"level\":\"INFO\"");
        }
    }
}
