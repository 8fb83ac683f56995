package dev.offstage.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import dev.offstage.embedded.AnalyticsCollector;
import dev.offstage.embedded.CannotStart;
import dev.offstage.embedded.EmbeddedParts;
import dev.offstage.embedded.EmbeddedPostgresql;
import dev.offstage.embedded.EmbeddedSettings;
import dev.offstage.embedded.Mailbox;
import dev.offstage.testing.KafkaProcess;
import dev.offstage.testing.OffstageProcess;
import dev.offstage.testing.TestDirectories;

/**
 * Offstage as it is operated: the packaged service in one process for the API and in others for the work, a broker and
 * a database in processes of their own. Mail and events arrive here, to be counted. One cluster serves every fault.
 */
final class FaultCluster {

    private static FaultCluster running;

    private final Path directory;
    private final KafkaProcess kafka;
    private final EmbeddedParts parts;
    private final Map<String, String> configuration;
    private OffstageProcess api;
    private OffstageProcess worker;

    private FaultCluster() throws IOException, CannotStart {
        directory = TestDirectories.make("faults");
        kafka = new KafkaProcess(directory.resolve("kafka")).start();
        Map<String, String> elsewhere = Map.of("kafka.bootstrap.servers", kafka.bootstrapServers());
        parts = new EmbeddedParts(new EmbeddedSettings(directory, 0, 0, 0, 0, 0), elsewhere.keySet());
        configuration = new HashMap<>(parts.start());
        configuration.putAll(elsewhere);
        configuration.put("offstage.operator.password", "secret");
        configuration.put("offstage.relay.forgotten-after", Form.of(5, 30) + "s");
        for (String type : Set.of("welcome-email", "avatar-resize", "analytics-sync")) {
            configuration.put("offstage.jobs." + type + ".partitions", "4");
        }
    }

    /** The cluster with an API and a worker that are ready. */
    static synchronized FaultCluster running() throws Exception {
        if (running == null) {
            FaultCluster cluster = new FaultCluster();
            Runtime.getRuntime().addShutdownHook(new Thread(cluster::close));
            OffstageProcess.makeArchive(cluster.configuration);
            cluster.startApi();
            cluster.startWorker();
            cluster.api.awaitReady();
            cluster.worker.awaitReady();
            Audit.install(cluster);
            running = cluster;
        }
        return running;
    }

    OffstageProcess startApi(String... jvmOptions) throws IOException {
        api = start("api", Map.of("offstage.roles", "api,relay"), jvmOptions);
        return api;
    }

    OffstageProcess startWorker(String... jvmOptions) throws IOException {
        worker = start("worker", Map.of("offstage.roles", "worker"), jvmOptions);
        return worker;
    }

    /** With settings that differ from the cluster's. */
    OffstageProcess startWorker(Map<String, String> settings) throws IOException {
        Map<String, String> all = new HashMap<>(settings);
        all.put("offstage.roles", "worker");
        worker = start("worker", all);
        return worker;
    }

    /** One more process, with settings of its own; the caller ends it. */
    OffstageProcess start(String name, Map<String, String> settings, String... jvmOptions) throws IOException {
        Map<String, String> all = new HashMap<>(configuration);
        all.putAll(settings);
        return new OffstageProcess("faults-" + name, all, jvmOptions);
    }

    OffstageProcess api() {
        return api;
    }

    OffstageProcess worker() {
        return worker;
    }

    KafkaProcess kafka() {
        return kafka;
    }

    EmbeddedPostgresql postgresql() {
        return parts.postgresql();
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
                configuration.get("quarkus.datasource.username"), "");
    }

    private void close() {
        try {
            for (OffstageProcess process : new OffstageProcess[]{api, worker}) {
                if (process != null) {
                    process.close();
                }
            }
            kafka.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            parts.close();
        }
    }
}
