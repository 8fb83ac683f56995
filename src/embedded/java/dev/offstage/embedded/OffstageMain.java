package dev.offstage.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.quarkus.runtime.Application;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.smallrye.config.DotEnvConfigSourceProvider;
import io.smallrye.config.PropertiesConfigSourceLoader;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;

/**
 * Starts the embedded parts and then Offstage.
 *
 * <p>What it configures becomes system properties. A live reload of the development mode calls it again in the same
 * process: it then finds everything configured, and the parts stay as they are.
 */
@QuarkusMain
public final class OffstageMain {

    private static final String PASSWORD = "offstage.operator.password";
    private static final int PASSWORD_BYTES = 12;

    private OffstageMain() {
    }

    public static void main(String... args) {
        SmallRyeConfig config = configuration();
        try {
            startParts(config);
        } catch (CannotStart e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
        Quarkus.run(args);
    }

    /** What Quarkus will read, before it does. */
    private static SmallRyeConfig configuration() {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        return new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .addDefaultSources()
                .withSources(new DotEnvConfigSourceProvider())
                .withSources(PropertiesConfigSourceLoader.inFileSystem("config/application.properties", 260, loader))
                .withSources(PropertiesConfigSourceLoader.inClassPath("application.properties", 250, loader))
                .build();
    }

    private static void startParts(SmallRyeConfig config) throws CannotStart {
        Set<String> elsewhere = Stream
                .of(EmbeddedParts.KAFKA, EmbeddedParts.POSTGRESQL, EmbeddedParts.MAIL, EmbeddedParts.ANALYTICS)
                .filter(key -> config.getOptionalValue(key, String.class).isPresent())
                .collect(Collectors.toSet());
        boolean passwordIsSet = config.getOptionalValue(PASSWORD, String.class).isPresent();
        if (elsewhere.size() == 4 && passwordIsSet) {
            return;
        }
        EmbeddedSettings settings = settings(config);
        int httpPort = config.getOptionalValue("quarkus.http.port", Integer.class).orElse(8080);
        Ports.requireFree(httpPort, "quarkus.http.port");
        EmbeddedParts parts = new EmbeddedParts(settings, elsewhere);
        Map<String, String> started = parts.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stopAfterTheApplication(parts), "embedded-stop"));
        started.forEach(System::setProperty);
        String password = passwordIsSet ? "as you have set it" : operatorPassword(settings.dataDirectory());
        print(parts, started, httpPort, password);
    }

    private static EmbeddedSettings settings(SmallRyeConfig config) {
        return new EmbeddedSettings(
                Path.of(config.getOptionalValue("offstage.embedded.data-dir", String.class).orElse(".offstage")),
                port(config, "kafka-port", 9092), port(config, "postgres-port", 5432),
                port(config, "smtp-port", 1025), port(config, "mailbox-port", 8025),
                port(config, "collector-port", 8026));
    }

    private static int port(SmallRyeConfig config, String name, int usual) {
        return config.getOptionalValue("offstage.embedded." + name, Integer.class).orElse(usual);
    }

    /** The application still needs Kafka and PostgreSQL while it stops, and shutdown hooks run side by side. */
    private static void stopAfterTheApplication(EmbeddedParts parts) {
        Application application = Application.currentApplication();
        if (application != null) {
            application.awaitShutdown();
        }
        parts.close();
    }

    private static String operatorPassword(Path dataDirectory) throws CannotStart {
        Path file = dataDirectory.resolve("operator-password");
        try {
            if (!Files.exists(file)) {
                byte[] random = new byte[PASSWORD_BYTES];
                new SecureRandom().nextBytes(random);
                Files.writeString(file, Base64.getUrlEncoder().withoutPadding().encodeToString(random));
                if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
                    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
                }
            }
            String password = Files.readString(file).strip();
            System.setProperty(PASSWORD, password);
            return password;
        } catch (IOException e) {
            throw new CannotStart(
                    "The file " + file + " cannot be read or written: make it so, or set " + PASSWORD + ".", e);
        }
    }

    private static void print(EmbeddedParts parts, Map<String, String> started, int httpPort, String password) {
        System.out.printf("%n  Offstage      http://localhost:%d%n", httpPort);
        System.out.printf("  operator      %s%n", password);
        parts.mailboxUrl().ifPresent(url -> System.out.printf("  mailbox       %s%n", url));
        line("collector", started.get(EmbeddedParts.ANALYTICS));
        line("Kafka", started.get(EmbeddedParts.KAFKA));
        line("PostgreSQL", started.get(EmbeddedParts.POSTGRESQL));
        System.out.println();
    }

    private static void line(String part, String address) {
        if (address != null) {
            System.out.printf("  %-12s  %s%n", part, address);
        }
    }
}
