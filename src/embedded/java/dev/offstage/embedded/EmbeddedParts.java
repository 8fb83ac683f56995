package dev.offstage.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
    private DataDirectoryLock lock;
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
     * Takes the data directory for this process. {@link #start()} does so too, if it has not been done.
     *
     * @throws CannotStart if the directory cannot be written or is in use
     */
    public synchronized void claimDataDirectory() throws CannotStart {
        if (lock == null) {
            lock = DataDirectoryLock.acquire(settings.dataDirectory());
        }
    }

    /**
     * Starts every part that is wanted. After a failure nothing runs.
     *
     * @return the configuration that leads Offstage to them
     * @throws CannotStart if a port is taken, the data directory cannot be written or is in use, or a part fails
     */
    public synchronized Map<String, String> start() throws CannotStart {
        try {
            claimDataDirectory();
            requireFreePorts();
            startAll();
            return configuration();
        } catch (CannotStart e) {
            close();
            throw e;
        } catch (Exception e) {
            close();
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
            throw new CannotStart("Offstage cannot start its embedded parts: " + cause.getMessage()
                    + ". Should the data be damaged, move " + settings.dataDirectory().toAbsolutePath()
                    + " away to begin with empty data.", cause);
        }
    }

    private void requireFreePorts() throws CannotStart, IOException {
        if (wanted(KAFKA)) {
            Ports.requireFree(settings.kafkaPort(), "offstage.embedded.kafka-port");
        }
        if (wanted(POSTGRESQL)) {
            postgresql = new EmbeddedPostgresql(data("postgresql"), settings.postgresPort());
            postgresql.stopOrphan(); // it would hold the port
            Ports.requireFree(settings.postgresPort(), "offstage.embedded.postgres-port");
        }
        if (wanted(MAIL)) {
            Ports.requireFree(settings.smtpPort(), "offstage.embedded.smtp-port");
            Ports.requireFree(settings.mailboxPort(), "offstage.embedded.mailbox-port");
        }
        if (wanted(ANALYTICS)) {
            Ports.requireFree(settings.collectorPort(), "offstage.embedded.collector-port");
        }
    }

    private boolean wanted(String key) {
        return !elsewhere.contains(key);
    }

    private Path data(String part) {
        return settings.dataDirectory().resolve(part);
    }

    /** Kafka and PostgreSQL side by side: each takes seconds. */
    private void startAll() throws IOException, ExecutionException, InterruptedException {
        FutureTask<Void> database = new FutureTask<>(() -> {
            if (postgresql != null) {
                postgresql.start();
            }
            return null;
        });
        new Thread(database, "embedded-postgresql").start();
        try {
            startOthers();
        } finally {
            database.get();
        }
    }

    private void startOthers() throws IOException {
        if (wanted(KAFKA)) {
            kafka = new EmbeddedKafka(data("kafka"), settings.kafkaPort());
            kafka.start();
        }
        if (wanted(MAIL)) {
            mailbox = new Mailbox(data("mail"), settings.smtpPort());
            mailbox.start();
            mailboxPages = new MailboxPages(mailbox, settings.mailboxPort());
        }
        if (wanted(ANALYTICS)) {
            collector = new AnalyticsCollector(data("analytics"), settings.collectorPort());
        }
    }

    private Map<String, String> configuration() {
        Map<String, String> configuration = new LinkedHashMap<>();
        if (kafka != null) {
            kafka.clientSettings().forEach((setting, value) -> configuration.put("kafka." + setting, value));
        }
        if (postgresql != null) {
            configuration.put(POSTGRESQL, postgresql.jdbcUrl());
            configuration.put("quarkus.datasource.username", postgresql.username());
            configuration.put("quarkus.datasource.password", postgresql.password());
        }
        if (mailbox != null) {
            configuration.put(MAIL, "127.0.0.1");
            configuration.put("quarkus.mailer.port", Integer.toString(mailbox.port()));
            configuration.put("quarkus.mailer.username", mailbox.username());
            configuration.put("quarkus.mailer.password", mailbox.password());
        }
        if (collector != null) {
            configuration.put(ANALYTICS, collector.url());
        }
        return configuration;
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

    /** Stops every part; waits for a start that is under way. */
    @Override
    public synchronized void close() {
        stop(mailboxPages);
        stop(mailbox);
        stop(collector);
        stop(kafka);
        stop(postgresql);
        stop(lock);
        lock = null;
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
