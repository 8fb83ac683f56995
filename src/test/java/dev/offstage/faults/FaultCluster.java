package dev.offstage.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import org.apache.kafka.clients.admin.Admin;

import dev.offstage.embedded.AnalyticsCollector;
import dev.offstage.embedded.CannotStart;
import dev.offstage.embedded.EmbeddedParts;
import dev.offstage.embedded.EmbeddedPostgresql;
import dev.offstage.embedded.EmbeddedSettings;
import dev.offstage.embedded.Mailbox;
import dev.offstage.embedded.Ports;
import dev.offstage.testing.KafkaProcess;
import dev.offstage.testing.OffstageProcess;
import dev.offstage.testing.RareTypes;
import dev.offstage.testing.TestDirectories;

/**
 * Offstage as it is operated: the packaged service in one process for the API and in others for the work, a broker and
 * a database in processes of their own. Mail and events arrive here, to be counted. One cluster serves every fault.
 */
final class FaultCluster implements AutoCloseable {

    /** Of every topic. */
    static final int PARTITIONS = 4;
    static final String OPERATOR_PASSWORD = "secret";

    private static FaultCluster running;

    private final Path directory;
    private final List<KafkaProcess> brokers;
    private final EmbeddedParts parts;
    private final Map<String, String> configuration;
    private OffstageProcess api;
    private OffstageProcess worker;
    private int apiDebugPort;
    private int workerDebugPort;

    private FaultCluster(Path directory, List<KafkaProcess> brokers) throws IOException, CannotStart {
        this.directory = directory;
        this.brokers = brokers;
        for (KafkaProcess broker : brokers) {
            broker.launch();
        }
        brokers.forEach(KafkaProcess::awaitReady);
        Map<String, String> elsewhere = new HashMap<>(kafka().settings());
        elsewhere.put("kafka.bootstrap.servers",
                brokers.stream().map(KafkaProcess::bootstrapServers).collect(Collectors.joining(",")));
        parts = new EmbeddedParts(new EmbeddedSettings(directory, 0, 0, 0, 0, 0), elsewhere.keySet());
        configuration = new HashMap<>(parts.start());
        configuration.putAll(elsewhere);
        configuration.put("offstage.operator.password", OPERATOR_PASSWORD);
        configuration.put("offstage.api.sign-ups-per-address", "");
        // All load comes from one address here, and stands for that of many.
        configuration.put("offstage.api.connections-per-address", "4096");
        configuration.put("offstage.api.requests-per-address", "64");
        // One of the strange but good records has a payload of nearly 1 MiB.
        configuration.put("offstage.analytics.event-bytes", "1100000");
        configuration.put("offstage.analytics.batch-bytes", "2000000");
        configuration.putAll(RareTypes.settings());
        configuration.put("offstage.lanes", "welcome-email,avatar-resize,analytics-sync");
        configuration.put("offstage.relay.forgotten-after", Form.of(2, 30) + "s");
        // On a machine that builds something else meanwhile, healthy processes are slow, too.
        configuration.put("offstage.worker.expiry", Form.of(8, 4) + "s");
        configuration.put("offstage.worker.grace", Form.of(30, 10) + "s");
        configuration.put("quarkus.shutdown.delay", "100ms"); // no load balancer has to notice
        configuration.put("offstage.topics.replication", Integer.toString(brokers.size()));
        configuration.put("kafka.metadata.max.age.ms", "5000"); // after which partitions that were added are seen
        // So few that work is left when a process is killed.
        configuration.put("offstage.jobs.analytics-sync.concurrency", "16");
        for (String type : Set.of("welcome-email", "avatar-resize", "analytics-sync")) {
            configuration.put("offstage.jobs." + type + ".partitions", Integer.toString(PARTITIONS));
        }
    }

    /** The cluster with an API and a worker that are ready. */
    static synchronized FaultCluster running() throws Exception {
        if (running == null) {
            Path directory = TestDirectories.make("faults");
            running = started(directory, List.of(new KafkaProcess(directory.resolve("kafka"))));
        }
        return running;
    }

    /** Another one, whose Kafka is three brokers; the caller closes it. */
    static FaultCluster ofThreeBrokers() throws Exception {
        Path directory = TestDirectories.make("faults-3");
        return started(directory, KafkaProcess.cluster(directory));
    }

    private static FaultCluster started(Path directory, List<KafkaProcess> brokers) throws Exception {
        FaultCluster cluster = new FaultCluster(directory, brokers);
        Runtime.getRuntime().addShutdownHook(new Thread(cluster::close));
        OffstageProcess.makeArchive(cluster.configuration);
        cluster.startApi();
        cluster.startWorker();
        cluster.api.awaitReady();
        cluster.worker.awaitReady();
        Audit.install(cluster);
        return cluster;
    }

    OffstageProcess startApi() throws IOException {
        apiDebugPort = Ports.free();
        api = start("api", Map.of("offstage.roles", "api,relay"), Breakpoint.option(apiDebugPort));
        return api;
    }

    OffstageProcess startWorker() throws IOException {
        return startWorker(Map.of());
    }

    /** With settings that differ from the cluster's. */
    OffstageProcess startWorker(Map<String, String> settings) throws IOException {
        Map<String, String> all = new HashMap<>(settings);
        all.put("offstage.roles", "worker");
        workerDebugPort = Ports.free();
        worker = start("worker", all, Breakpoint.option(workerDebugPort));
        return worker;
    }

    /** One more process, with settings of its own; the caller ends it. */
    OffstageProcess start(String name, Map<String, String> settings, String... jvmOptions) throws IOException {
        Map<String, String> all = new HashMap<>(configuration);
        all.putAll(settings);
        return new OffstageProcess(directory.getFileName() + "-" + name, all, jvmOptions);
    }

    /** Where {@link Breakpoint} reaches the API's process. */
    int apiDebugPort() {
        return apiDebugPort;
    }

    /** Where {@link Breakpoint} reaches the worker's process. */
    int workerDebugPort() {
        return workerDebugPort;
    }

    OffstageProcess api() {
        return api;
    }

    OffstageProcess worker() {
        return worker;
    }

    /** The caller closes it. */
    Admin admin() {
        return Admin.create(Map.copyOf(kafka().clientSettings()));
    }

    /** The first broker, or the only one. */
    KafkaProcess kafka() {
        return brokers.get(0);
    }

    List<KafkaProcess> brokers() {
        return brokers;
    }

    EmbeddedPostgresql postgresql() {
        return parts.postgresql();
    }

    /** Sends a signal to every process of PostgreSQL. */
    void signalPostgresql(String signal) throws IOException, InterruptedException {
        String pid = Files.readAllLines(directory.resolve("postgresql").resolve("postmaster.pid")).get(0).strip();
        List<String> command = new ArrayList<>(List.of("kill", "-" + signal, pid));
        ProcessHandle.of(Long.parseLong(pid))
                .orElseThrow()
                .descendants()
                .forEach(child -> command.add("" + child.pid()));
        new ProcessBuilder(command).start().waitFor();
    }

    Mailbox mailbox() {
        return parts.mailbox();
    }

    AnalyticsCollector collector() {
        return parts.collector();
    }

    /** Every event that the collector accepted, one JSON object a line. */
    Path events() {
        return directory.resolve("analytics").resolve("events.jsonl");
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(configuration.get("quarkus.datasource.jdbc.url"),
                configuration.get("quarkus.datasource.username"), configuration.get("quarkus.datasource.password"));
    }

    @Override
    public void close() {
        try {
            for (OffstageProcess process : new OffstageProcess[]{api, worker}) {
                if (process != null) {
                    process.close();
                }
            }
            for (KafkaProcess broker : brokers) {
                broker.close();
            }
        } finally {
            parts.close();
        }
    }
}
