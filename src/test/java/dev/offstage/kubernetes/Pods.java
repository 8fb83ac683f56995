package dev.offstage.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import com.fasterxml.jackson.databind.JsonNode;

import dev.offstage.embedded.EmbeddedParts;
import dev.offstage.embedded.EmbeddedSettings;
import dev.offstage.embedded.Mailbox;
import dev.offstage.testing.OffstageProcess;
import dev.offstage.testing.TestDirectories;

/**
 * The pods of an overlay as processes: each with the environment that Kubernetes would give it, but for where and how Kafka,
 * PostgreSQL, mail and collector are reached.
 */
final class Pods implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String AFTER_ALL = "insert into flyway_schema_history (installed_rank, version, description, type, script,"
            + " installed_by, execution_time, success) values (9999, '9999', 'of a newer version', 'SQL', 'V9999.sql', 'test', 1, true)";

    private final Overlay overlay;
    private final Map<String, String> secrets;
    private final EmbeddedParts parts;
    private final Map<String, String> instead;
    private final List<OffstageProcess> processes = new ArrayList<>();
    private Path image = OffstageProcess.PACKAGE;

    /**
     * @param secrets what the pods have from their Secret
     * @param instead variables that say how the parts of this test are reached, beside their addresses
     */
    Pods(Overlay overlay, Map<String, String> secrets, Map<String, String> instead) throws Exception {
        this.overlay = overlay;
        this.secrets = secrets;
        this.parts = new EmbeddedParts(
                new EmbeddedSettings(TestDirectories.make(overlay.name()), 0, 0, 0, 0, 0), Set.of());
        this.instead = new HashMap<>(instead);
        parts.start()
                .forEach((setting, value) -> this.instead
                        .put(setting.toUpperCase(Locale.ROOT).replaceAll("[^A-Z]", "_"), value));
    }

    static Map<String, String> decoded(JsonNode data) {
        Map<String, String> decoded = new HashMap<>();
        Overlay.texts(data)
                .forEach((key, value) -> decoded.put(key, new String(Base64.getDecoder().decode(value), UTF_8)));
        return decoded;
    }

    /** Has the pod of that Deployment bring the tables up to date, as it does before its process starts. */
    void migrate(String deployment) throws Exception {
        assertThat(startMigration(deployment).awaitEnd()).as("the migration").isZero();
    }

    /** Has the tables be those of a version after this one. */
    void makeTablesNewer() throws Exception {
        try (Connection connection = DriverManager.getConnection(parts.postgresql().jdbcUrl(),
                parts.postgresql().username(), parts.postgresql().password());
                Statement sql = connection.createStatement()) {
            sql.execute(AFTER_ALL);
        }
    }

    /** What is started from now on has this package in its image. */
    void setImage(Path image) {
        this.image = image;
    }

    OffstageProcess start(String deployment) throws Exception {
        return start(deployment, overlay.environment(overlay.get("Deployment", deployment)));
    }

    /** Starts what brings the tables up to date in a pod of that Deployment. */
    OffstageProcess startMigration(String deployment) throws Exception {
        return start(deployment + "-migration", overlay.migrationEnvironment(overlay.get("Deployment", deployment)));
    }

    private OffstageProcess start(String name, Map<String, String> environment) throws Exception {
        environment.putAll(secrets);
        environment.putAll(instead);
        OffstageProcess process = OffstageProcess.inEnvironment(overlay.name() + "-" + name, image, environment);
        processes.add(process);
        return process;
    }

    /** Who got mail, once for each. */
    List<String> recipients() throws IOException {
        return parts.mailbox().newest(Integer.MAX_VALUE).stream().map(Mailbox.Mail::to).toList();
    }

    /** Asks PostgreSQL for one number. */
    long count(String query) throws Exception {
        try (Connection connection = DriverManager.getConnection(parts.postgresql().jdbcUrl(),
                parts.postgresql().username(), parts.postgresql().password());
                Statement sql = connection.createStatement();
                ResultSet row = sql.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }

    /** What a client of Kafka needs to connect. */
    Map<String, String> kafka() {
        return parts.kafka().clientSettings();
    }

    List<OffstageProcess> processes() {
        return processes;
    }

    /** Signs a user up there, and waits for the mail and for both jobs to be completed. */
    void assertThatASignUpIsDone(OffstageProcess api, String operatorPassword) throws Exception {
        String email = UUID.randomUUID() + "@example.com";
        assertThat(api.postJson("/signup", "{\"name\":\"Ada\",\"email\":\"" + email + "\"}").statusCode())
                .isEqualTo(201);

        await().atMost(PATIENCE)
                .until(() -> parts.mailbox().newest(10).stream().anyMatch(mail -> mail.to().contains(email)));
        await().atMost(PATIENCE)
                .until(() -> api.get("/stats", operatorPassword).body().contains("\"completed\":2"));
    }

    @Override
    public void close() {
        for (OffstageProcess process : processes) {
            process.close();
        }
        parts.close();
    }
}
