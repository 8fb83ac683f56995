package dev.offstage.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** What Offstage needs around it, real and local. A part that is configured to be somewhere else is not started. */
public final class EmbeddedParts implements AutoCloseable {

    static final String KAFKA = "kafka.bootstrap.servers";
    static final String POSTGRESQL = "quarkus.datasource.jdbc.url";
    static final String MAIL = "quarkus.mailer.host";
    static final String ANALYTICS = "offstage.analytics.url";

    private final EmbeddedSettings settings;
    private final Set<String> elsewhere;
    private final Map<String, String> configuration = new LinkedHashMap<>();
    private FileChannel lock;
    private EmbeddedKafka kafka;
    private EmbeddedPostgresql postgresql;
    private Mailbox mailbox;
    private MailboxPages mailboxPages;
    private AnalyticsCollector collector;

    /** @param elsewhere the keys of the configuration that are set already: {@code kafka.bootstrap.servers} and so on */
    public EmbeddedParts(EmbeddedSettings settings, Set<String> elsewhere) {
        this.settings = settings;
        this.elsewhere = elsewhere;
    }

    /**
     * Starts every part that is wanted.
     *
     * @return the configuration that leads Offstage to them
     * @throws CannotStart if a port is taken, the data directory cannot be written or is in use, or a part fails
     */
    public Map<String, String> start() throws CannotStart {
        requireFreePorts();
        lockDataDirectory();
        FutureTask<Void> database = new FutureTask<>(part(POSTGRESQL, this::startPostgresql));
        Thread beside = new Thread(database, "embedded-postgresql");
        beside.start();
        try {
            part(KAFKA, this::startKafka).call();
            part(MAIL, this::startMailbox).call();
            part(ANALYTICS, this::startCollector).call();
            database.get();
        } catch (ExecutionException e) {
            throw failed(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(e);
        } catch (Exception e) {
            throw failed(e);
        }
        return configuration;
    }

    private interface Start {
        void run() throws IOException;
    }

    private Callable<Void> part(String key, Start start) {
        return () -> {
            if (!elsewhere.contains(key)) {
                start.run();
            }
            return null;
        };
    }

    private CannotStart failed(Throwable cause) {
        close();
        return new CannotStart(
                "The embedded parts did not start (" + cause.getMessage() + "): look at the lines above, "
                        + "or move " + settings.dataDirectory() + " away to begin with empty data.",
                cause);
    }

    private void requireFreePorts() throws CannotStart {
        requireFree(KAFKA, settings.kafkaPort(), "offstage.embedded.kafka-port");
        if (!elsewhere.contains(POSTGRESQL)) {
            stopOrphanedPostgresql();
        }
        requireFree(POSTGRESQL, settings.postgresPort(), "offstage.embedded.postgres-port");
        requireFree(MAIL, settings.smtpPort(), "offstage.embedded.smtp-port");
        requireFree(MAIL, settings.mailboxPort(), "offstage.embedded.mailbox-port");
        requireFree(ANALYTICS, settings.collectorPort(), "offstage.embedded.collector-port");
    }

    private void requireFree(String key, int port, String setting) throws CannotStart {
        if (!elsewhere.contains(key)) {
            Ports.requireFree(port, setting);
        }
    }

    private void stopOrphanedPostgresql() throws CannotStart {
        lockDataDirectory();
        try {
            new EmbeddedPostgresql(settings.dataDirectory().resolve("postgresql"), settings.postgresPort())
                    .stopOrphan();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void lockDataDirectory() throws CannotStart {
        if (lock != null) {
            return;
        }
        Path directory = settings.dataDirectory();
        try {
            Files.createDirectories(directory);
            lock = FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (lock.tryLock() != null) {
                return;
            }
        } catch (OverlappingFileLockException e) {
            throw new CannotStart("This process already runs on " + directory + ".", e);
        } catch (IOException e) {
            throw new CannotStart(
                    "The data directory " + directory.toAbsolutePath() + " is not writable: make it so, or "
                            + "set offstage.embedded.data-dir to one that is.",
                    e);
        }
        throw new CannotStart("Another Offstage runs on " + directory.toAbsolutePath()
                + ": stop it, or set offstage.embedded.data-dir to another directory.");
    }

    private void startKafka() throws IOException {
        kafka = new EmbeddedKafka(settings.dataDirectory().resolve("kafka"), settings.kafkaPort());
        kafka.start();
        configure(KAFKA, kafka.bootstrapServers());
    }

    private void startPostgresql() throws IOException {
        postgresql = new EmbeddedPostgresql(settings.dataDirectory().resolve("postgresql"), settings.postgresPort());
        postgresql.start();
        configure(POSTGRESQL, postgresql.jdbcUrl());
        configure("quarkus.datasource.username", postgresql.username());
        configure("quarkus.datasource.password", "");
    }

    private void startMailbox() throws IOException {
        mailbox = new Mailbox(settings.dataDirectory().resolve("mail"), settings.smtpPort());
        mailbox.start();
        mailboxPages = new MailboxPages(mailbox, settings.mailboxPort());
        configure(MAIL, "127.0.0.1");
        configure("quarkus.mailer.port", Integer.toString(mailbox.port()));
    }

    private void startCollector() throws IOException {
        collector = new AnalyticsCollector(settings.dataDirectory().resolve("analytics"), settings.collectorPort());
        configure(ANALYTICS, collector.url());
    }

    private synchronized void configure(String key, String value) {
        configuration.put(key, value);
    }

    /** Null if Kafka is somewhere else, as with the other parts. */
    public EmbeddedKafka kafka() {
        return kafka;
    }

    public EmbeddedPostgresql postgresql() {
        return postgresql;
    }

    public Mailbox mailbox() {
        return mailbox;
    }

    public AnalyticsCollector collector() {
        return collector;
    }

    /** Where mail can be seen; empty if there is no mailbox here. */
    public Optional<String> mailboxUrl() {
        return Optional.ofNullable(mailboxPages).map(pages -> "http://localhost:" + pages.port());
    }

    @Override
    public void close() {
        stop(mailboxPages);
        stop(mailbox);
        stop(collector);
        stop(kafka);
        stop(postgresql);
        stop(lock);
    }

    /** One part that does not stop must not keep the others from stopping. */
    private static void stop(AutoCloseable part) {
        if (part == null) {
            return;
        }
        try {
            part.close();
        } catch (Exception e) {
            System.err.println("An embedded part did not stop: " + e.getMessage());
        }
    }
}
