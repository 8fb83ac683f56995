package dev.offstage.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;

/**
 * A real Kafka broker in this process, KRaft, on the loopback address: alone, unless it is given other settings. Who connects needs a
 * password that lies beside the data, for its owner alone.
 */
public final class EmbeddedKafka implements AutoCloseable {

    /** Beside the data: what Kafka's own tools need to connect. */
    static final String CLIENT_SETTINGS = "kafka-client.properties";

    private static final String CLUSTER_ID_FILE = "cluster-id";
    private static final String NODE = "1";
    private static final String BROKER = "BROKER";
    private static final String CONTROLLER = "CONTROLLER";

    /** Kept here, or the garbage collector would take their levels with them. */
    private static final List<Logger> TALKATIVE = Stream.of("kafka", "org.apache.kafka", "state.change.logger")
            .map(Logger::getLogger)
            .toList();

    private final Path directory;
    private final int port;
    private final Map<String, String> settings;
    private KafkaRaftServer server;

    /** @param port where clients connect; 0 picks a free one */
    public EmbeddedKafka(Path directory, int port) {
        this(directory, port, Ports.free(), Map.of());
    }

    /** @param settings of Kafka; they win over those of a broker that is alone */
    public EmbeddedKafka(Path directory, int port, int controllerPort, Map<String, String> settings) {
        this.directory = directory;
        this.port = port == 0 ? Ports.free() : port;
        this.settings = settings(controllerPort);
        this.settings.putAll(settings);
    }

    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /**
     * What a client of Kafka needs to connect: the address, and who it is.
     *
     * @throws UncheckedIOException if the password's file can be neither read nor made
     */
    public Map<String, String> clientSettings() {
        try {
            Map<String, String> settings = user().clientSettings();
            settings.put("bootstrap.servers", bootstrapServers());
            return settings;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private KafkaUser user() throws IOException {
        return KafkaUser.in(directory.resolveSibling("kafka-password"));
    }

    /**
     * Starts the broker, on the data of the last run if there was one. Does nothing if it runs.
     *
     * @throws IOException if the data directory or the password's file cannot be made
     */
    public synchronized void start() throws IOException {
        if (server != null) {
            return;
        }
        TALKATIVE.forEach(logger -> logger.setLevel(Level.WARNING));
        Files.createDirectories(directory);
        format();
        KafkaUser user = user();
        user.writeClientSettings(directory.resolveSibling(CLIENT_SETTINGS));
        Map<String, Object> all = new HashMap<>(user.brokerSettings(List.of(BROKER, CONTROLLER)));
        all.putAll(settings);
        server = new KafkaRaftServer(new KafkaConfig(all, false), Time.SYSTEM);
        server.startup();
    }

    private void format() throws IOException {
        Path clusterId = directory.resolve(CLUSTER_ID_FILE);
        if (!Files.exists(clusterId)) {
            Path unfinished = Files.writeString(directory.resolve(CLUSTER_ID_FILE + "-unfinished"),
                    Uuid.randomUuid().toString());
            Files.move(unfinished, clusterId, StandardCopyOption.ATOMIC_MOVE);
        }
        try {
            new Formatter()
                    .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                    .setNodeId(Integer.parseInt(settings.get("node.id")))
                    .setClusterId(Files.readString(clusterId))
                    .addDirectory(logs())
                    .setMetadataLogDirectory(logs())
                    .setIgnoreFormatted(true)
                    .setReleaseVersion(MetadataVersion.latestProduction())
                    .setControllerListenerName(CONTROLLER)
                    .run();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("The directory " + directory + " could not be prepared for Kafka: " + e.getMessage(),
                    e);
        }
    }

    private String logs() {
        return directory.resolve("logs").toAbsolutePath().toString();
    }

    private Map<String, String> settings(int controllerPort) {
        Map<String, String> settings = new HashMap<>();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", NODE);
        settings.put("controller.quorum.voters", NODE + "@127.0.0.1:" + controllerPort);
        settings.put("controller.listener.names", CONTROLLER);
        settings.put("inter.broker.listener.name", BROKER);
        settings.put("listeners",
                BROKER + "://127.0.0.1:" + port + "," + CONTROLLER + "://127.0.0.1:" + controllerPort);
        settings.put("advertised.listeners", BROKER + "://127.0.0.1:" + port);
        settings.put("log.dirs", logs());
        settings.put("auto.create.topics.enable", "false");
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("offsets.topic.num.partitions", "4");
        settings.put("transaction.state.log.replication.factor", "1");
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("transaction.state.log.num.partitions", "1");
        settings.put("share.coordinator.state.topic.replication.factor", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        settings.put("share.coordinator.state.topic.num.partitions", "1");
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("group.min.session.timeout.ms", "1000");
        settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(8 * 1024 * 1024));
        settings.put("num.network.threads", "2");
        settings.put("num.io.threads", "4");
        // A killed broker's successor has to wait until the controller has given the dead one up.
        settings.put("broker.session.timeout.ms", "4000");
        settings.put("broker.heartbeat.interval.ms", "500");
        return settings;
    }

    /** Stops the broker; {@link #start()} brings it back on the same port with the same data. */
    public synchronized void stop() {
        if (server != null) {
            server.shutdown();
            server.awaitShutdown();
            server = null;
        }
    }

    @Override
    public void close() {
        stop();
    }
}
