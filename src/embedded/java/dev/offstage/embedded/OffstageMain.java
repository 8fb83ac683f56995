package dev.offstage.embedded;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.quarkus.runtime.Application;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.quarkus.runtime.configuration.ConfigUtils;
import io.smallrye.config.DotEnvConfigSourceProvider;
import io.smallrye.config.PropertiesConfigSourceLoader;
import io.smallrye.config.SmallRyeConfig;

/**
 * Starts the embedded parts and then Offstage.
 *
 * <p>What it configures becomes system properties. A live reload of the development mode calls it again in the same
 * process: it then finds everything configured, and the parts stay as they are.
 */
@QuarkusMain
public final class OffstageMain {

    /** Longer than Offstage lets its running jobs go on, so that they find Kafka and PostgreSQL to the end. */
    private static final Duration APPLICATION_STOPS_WITHIN = Duration.ofSeconds(20);
    private static final int LAST_PORT = 65_535;
    private static final String SIGN_UPS_PER_ADDRESS = "offstage.api.sign-ups-per-address";

    private static final String UPLOADS = "quarkus.http.body.uploads-directory";
    /** What stands in the application.properties that is packaged. */
    private static final int OF_OUR_OWN = 250;
    private static final String MANAGEMENT_HOST = "quarkus.management.host";

    OffstageMain() {
    }

    /** Ends with status 1 and one sentence on standard error if a part cannot start. */
    public static void main(String... args) {
        try {
            startParts(configuration());
        } catch (CannotStart e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
        Quarkus.run(args);
    }

    /** What Quarkus will read, before it does; by its rules, profiles included. */
    private static SmallRyeConfig configuration() {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        return ConfigUtils.emptyConfigBuilder()
                .withSources(new DotEnvConfigSourceProvider())
                .withSources(PropertiesConfigSourceLoader.inFileSystem("config/application.properties", 260, loader))
                .withSources(PropertiesConfigSourceLoader.inClassPath("application.properties", 250, loader))
                .build();
    }

    private static void startParts(SmallRyeConfig config) throws CannotStart {
        Set<String> elsewhere = Stream
                .of(EmbeddedParts.KAFKA, EmbeddedParts.POSTGRESQL, EmbeddedParts.MAIL, EmbeddedParts.ANALYTICS)
                .filter(key -> isSet(config, key))
                .collect(Collectors.toSet());
        if (elsewhere.size() == 4) {
            return;
        }
        EmbeddedSettings settings = settings(config);
        EmbeddedParts parts = new EmbeddedParts(settings, elsewhere);
        parts.claimDataDirectory();
        int httpPort = port(config, "quarkus.http.port", 8080);
        Ports.requireFree(httpPort, "quarkus.http.port");
        Ports.requireFree(port(config, "quarkus.management.port", 9000), "quarkus.management.port");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stopAfterTheApplication(parts), "embedded-stop"));
        Map<String, String> started = parts.start();
        started.forEach(System::setProperty);
        String password = "(as you have set it)";
        if (!isSet(config, OperatorPassword.SETTING)) {
            password = OperatorPassword.in(settings.dataDirectory());
            System.setProperty(OperatorPassword.SETTING, password);
        }
        if (!isSet(config, MANAGEMENT_HOST)) {
            System.setProperty(MANAGEMENT_HOST, "127.0.0.1"); // on a laptop, nobody else asks for health and metrics
        }
        if (config.getConfigValue(UPLOADS).getConfigSourceOrdinal() <= OF_OUR_OWN) {
            System.setProperty(UPLOADS, settings.dataDirectory().resolve("uploads").toAbsolutePath().toString());
        }
        if (!isSet(config, SIGN_UPS_PER_ADDRESS)) {
            System.setProperty(SIGN_UPS_PER_ADDRESS, ""); // someone who tries it out has one address, and may run a load test
        }
        print(parts, settings, started, httpPort, password);
    }

    private static boolean isSet(SmallRyeConfig config, String key) {
        return config.getOptionalValue(key, String.class).isPresent();
    }

    private static EmbeddedSettings settings(SmallRyeConfig config) throws CannotStart {
        return new EmbeddedSettings(
                Path.of(config.getOptionalValue("offstage.embedded.data-dir", String.class).orElse(".offstage")),
                port(config, "offstage.embedded.kafka-port", 9092),
                port(config, "offstage.embedded.postgres-port", 5432),
                port(config, "offstage.embedded.smtp-port", 1025),
                port(config, "offstage.embedded.mailbox-port", 8025),
                port(config, "offstage.embedded.collector-port", 8026));
    }

    private static int port(SmallRyeConfig config, String setting, int usual) throws CannotStart {
        String value = config.getOptionalValue(setting, String.class).map(String::strip).orElse("" + usual);
        try {
            int port = Integer.parseInt(value);
            if (port >= 0 && port <= LAST_PORT) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw notAPort(setting, value, e);
        }
        throw notAPort(setting, value, null);
    }

    private static CannotStart notAPort(String setting, String value, NumberFormatException cause) {
        return new CannotStart(setting + " is \"" + value + "\": set it to a port from 1 to " + LAST_PORT
                + ", or to 0 for any that is free.", cause);
    }

    /** The application still needs Kafka and PostgreSQL while it stops, and shutdown hooks run side by side. */
    private static void stopAfterTheApplication(EmbeddedParts parts) {
        Application application = Application.currentApplication();
        if (application != null) {
            Thread stopped = new Thread(application::awaitShutdown, "embedded-await-application");
            stopped.setDaemon(true);
            stopped.start();
            try {
                stopped.join(APPLICATION_STOPS_WITHIN.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        parts.close();
    }

    private static void print(EmbeddedParts parts, EmbeddedSettings settings, Map<String, String> started, int httpPort,
            String password) {
        StringBuilder lines = new StringBuilder(System.lineSeparator());
        line(lines, "Sign-up page", "http://localhost:" + httpPort);
        line(lines, "Operator", "user operator, password " + password);
        parts.mailboxUrl().ifPresent(url -> line(lines, "Mailbox", url));
        line(lines, "Collector", started.get(EmbeddedParts.ANALYTICS));
        if (parts.kafka() != null) {
            line(lines, "Kafka", parts.kafka().bootstrapServers() + ", with "
                    + settings.dataDirectory().resolve(EmbeddedKafka.CLIENT_SETTINGS));
        }
        line(lines, "PostgreSQL", started.get(EmbeddedParts.POSTGRESQL));
        System.out.println(lines);
    }

    private static void line(StringBuilder lines, String name, String value) {
        if (value != null) {
            lines.append("  %-14s%s%n".formatted(name, value));
        }
    }
}
