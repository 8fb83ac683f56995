package dev.offstage.testing;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.offstage.embedded.EmbeddedParts;
import dev.offstage.embedded.EmbeddedSettings;

/** A Kafka, PostgreSQL, SMTP server and collector that nobody else uses, and processes of Offstage that do. */
public final class Installation implements AutoCloseable {

    public static final String PASSWORD = "a-password-for-tests";

    private final EmbeddedParts parts;
    private final Map<String, String> settings;
    private final List<OffstageProcess> processes = new ArrayList<>();

    /** @param more settings of every process */
    public Installation(String name, Map<String, String> more) throws Exception {
        parts = new EmbeddedParts(
                new EmbeddedSettings(TestDirectories.make(name).resolve("data"), 0, 0, 0, 0, 0), Set.of());
        settings = new HashMap<>(parts.start());
        settings.put("offstage.operator.password", PASSWORD);
        settings.put("offstage.api.sign-ups-per-address", "");
        settings.putAll(RareTypes.settings());
        settings.putAll(more);
        OffstageProcess.makeArchive(settings);
    }

    public EmbeddedParts parts() {
        return parts;
    }

    /** Starts a process and waits until it is ready. */
    public OffstageProcess start(String name) throws Exception {
        OffstageProcess process = new OffstageProcess(name, settings);
        processes.add(process);
        return process.awaitReady();
    }

    public Connection connection() throws SQLException {
        return DriverManager.getConnection(parts.postgresql().jdbcUrl(), parts.postgresql().username(),
                parts.postgresql().password());
    }

    @Override
    public void close() {
        for (OffstageProcess process : processes) {
            process.close();
        }
        parts.close();
    }
}
