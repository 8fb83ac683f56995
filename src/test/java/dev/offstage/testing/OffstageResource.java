package dev.offstage.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;

import dev.offstage.embedded.CannotStart;
import dev.offstage.embedded.EmbeddedParts;
import dev.offstage.embedded.EmbeddedSettings;

/** A real Kafka, PostgreSQL, SMTP server and collector for the tests, on free ports, with data of their own. */
public final class OffstageResource implements QuarkusTestResourceLifecycleManager {

    private static final String QUICK_LADDER = "100ms,200ms,400ms,800ms";
    public static final String PASSWORD = "test-password";

    private static EmbeddedParts parts;
    private static Map<String, String> configuration;

    /** The running parts, to be looked into and to be stopped and started. */
    public static EmbeddedParts parts() {
        return parts;
    }

    /** The configuration that leads an Offstage process to the running parts. */
    public static Map<String, String> configuration() {
        return configuration;
    }

    @Override
    public Map<String, String> start() {
        if (parts == null) {
            startParts();
        }
        return configuration;
    }

    private static void startParts() {
        try {
            Path directory = TestDirectories.make("offstage");
            parts = new EmbeddedParts(new EmbeddedSettings(directory, 0, 0, 0, 0, 0), Set.of());
            configuration = new HashMap<>(parts.start());
            configuration.put("offstage.operator.password", PASSWORD);
            configuration.put("offstage.api.sign-ups-per-address", "");
            configuration.put("offstage.webhooks.allow-private", "true"); // receivers of tests are local, too
            List.of("welcome-email", "webhook", "notify-slack")
                    .forEach(type -> configuration.put("offstage.jobs." + type + ".retry.delays", QUICK_LADDER));
            configuration.put("offstage.jobs.mail.retry.delays", "100ms,15m");
            Runtime.getRuntime().addShutdownHook(new Thread(parts::close));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (CannotStart e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void stop() {
        // The parts serve every test of this process and end with it.
    }
}
