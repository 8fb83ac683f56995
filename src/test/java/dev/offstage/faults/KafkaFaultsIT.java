package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

import dev.offstage.testing.OffstageProcess;

/** A broker that goes away under load, and comes back. */
@Tag("nightly")
@TestMethodOrder(OrderAnnotation.class)
class KafkaFaultsIT {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final int PER_SECOND = Form.of(30, 100);
    private static final int FEW = 3;
    private static final String LIVE = "/q/health/live";
    private static final String READY = "/q/health/ready";
    private static final Duration FAST = Form.within(Duration.ofMillis(50));

    private interface Step {
        void run() throws Exception;
    }

    /** An operator is told once that Kafka is gone and once that it is back, and no process ends. */
    @Test
    @Order(1)
    void kafkaStopped() throws Exception {
        FaultCluster cluster = FaultCluster.running();
        LogSince log = new LogSince(cluster.api(), "Kafka");
        run(cluster, "Kafka stopped", cluster.kafka()::stop, () -> {
            await().atMost(LIMIT).until(() -> cluster.worker().get(READY).statusCode() == 503);
            await().atMost(LIMIT).until(() -> log.gone() == 1);
            assertThat(cluster.worker().get(READY).body()).contains("Kafka cannot be reached");
            assertThat(cluster.worker().get(LIVE).statusCode()).isEqualTo(200);
            assertThat(cluster.api().get(LIVE).statusCode()).isEqualTo(200);
            assertThat(cluster.api().get(READY).statusCode()).as("sign-ups need no Kafka").isEqualTo(200);
            assertThat(cluster.api().get(READY).body()).contains("Kafka cannot be reached");
        });
        await().atMost(LIMIT).until(() -> cluster.worker().get(READY).statusCode() == 200);
        await().atMost(LIMIT).until(() -> log.back() == 1);

        assertThat(log.gone()).isEqualTo(1);
        assertThat(log.alarms()).as("lines of alarm, for dozens of jobs").isLessThanOrEqualTo(FEW);
    }

    @Test
    @Order(2) // after an outage it takes some seconds until it is said to be over
    void kafkaKilled() throws Exception {
        FaultCluster cluster = FaultCluster.running();
        run(cluster, "Kafka killed (SIGKILL)", cluster.kafka()::kill, () -> {});
    }

    /**
     * A broker that hangs answers nobody, so no group has a coordinator: lanes, of which some have just joined and ask where to begin,
     * run into the time-outs of Kafka's client, a minute unless it is set.
     */
    @Test
    @Order(3)
    void noGroupCoordinator() throws Exception {
        FaultCluster cluster = FaultCluster.running();
        int seconds = Form.of(8, 70);
        Audit audit = new Audit(cluster);
        audit.settle(new Signups(cluster::api).burst(Form.of(100, 2_000)).accepted(), LIMIT);
        Map<String, String> impatient = Form.isFull()
                ? Map.of()
                : Map.of("kafka.default.api.timeout.ms", "2000", "kafka.request.timeout.ms", "1500");
        cluster.worker().terminate();
        Signups waiting = new Signups(cluster::api).burst(Form.of(100, 2_000));
        Signups during = new Signups(cluster::api).startAt(PER_SECOND);
        OffstageProcess worker = cluster.startWorker(impatient);
        awaitFirstRecords(cluster);
        signalKafka(cluster, "STOP");
        try {
            TimeUnit.SECONDS.sleep(seconds); // how long the fault lasts
            assertThat(worker.get(LIVE).statusCode()).isEqualTo(200);
        } finally {
            signalKafka(cluster, "CONT");
        }
        during.stop();
        Audit.Outcome outcome = audit.settle(during.accepted(), LIMIT);
        Audit.Outcome earlier = audit.settle(waiting.accepted(), LIMIT);

        Duration p99 = Signups.percentile(during.all(), 0.99);
        long again = worker.output().lines().filter(line -> line.contains("subscribes again")).count();
        FaultReport.add(
                "no group coordinator for %d s: Kafka hangs (SIGSTOP) under %d sign-ups/s, a worker has just come"
                        .formatted(seconds, PER_SECOND),
                outcome,
                "sign-ups meanwhile: p99 %d ms; lanes that subscribed again: %d".formatted(p99.toMillis(), again));
        assertThat(worker.process().isAlive()).isTrue();
        assertThat(worker.get(LIVE).statusCode()).isEqualTo(200);
        await().atMost(LIMIT).until(() -> worker.get(READY).statusCode() == 200);
        assertThat(during.all()).filteredOn(answer -> answer.status() != 201).as("refused").isEmpty();
        assertThat(outcome.lost() + earlier.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(earlier.completed()).isEqualTo(earlier.accepted());
        assertThat(outcome.failures()).as("attempts used up").isEmpty();
        assertThat(outcome.runAgain() + earlier.runAgain()).isZero();
    }

    /** A lane asks for each partition's offset when its first record has come; the one after another. */
    private static void awaitFirstRecords(FaultCluster cluster) throws Exception {
        try (Connection connection = cluster.connect();
                PreparedStatement look = connection
                        .prepareStatement("select exists (select 1 from job where state = 'running')")) {
            await().atMost(LIMIT).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5)).until(() -> {
                try (ResultSet row = look.executeQuery()) {
                    return row.next() && row.getBoolean(1);
                }
            });
        }
    }

    private static void signalKafka(FaultCluster cluster, String signal) throws Exception {
        String pid = Long.toString(cluster.kafka().process().pid());
        assertThat(new ProcessBuilder("kill", "-" + signal, pid).start().waitFor()).isZero();
    }

    private static void run(FaultCluster cluster, String name, Step fault, Step look) throws Exception {
        int seconds = Form.of(2, 30);
        Audit audit = new Audit(cluster);
        // What has only just been started answers slowly for some seconds by itself, with or without Kafka.
        audit.settle(new Signups(cluster::api).burst(Form.of(100, 2_000)).accepted(), LIMIT);
        Signups before = new Signups(cluster::api).startAt(PER_SECOND);
        TimeUnit.SECONDS.sleep(Form.of(1, 10)); // some load before the fault
        Signups during = new Signups(cluster::api).startAt(PER_SECOND);
        before.stop();
        fault.run();
        try {
            TimeUnit.SECONDS.sleep(seconds); // how long the fault lasts
            look.run();
        } finally {
            cluster.kafka().start();
        }
        during.stop();
        Audit.Outcome outcome = audit.settle(during.accepted(), LIMIT);
        Audit.Outcome earlier = audit.settle(before.accepted(), LIMIT);

        Duration p99 = Signups.percentile(during.all(), 0.99);
        FaultReport.add("%s for %d s under %d sign-ups/s".formatted(name, seconds, PER_SECOND), outcome,
                "sign-ups meanwhile: p99 %d ms, before the fault %d ms".formatted(p99.toMillis(),
                        Signups.percentile(before.all(), 0.99).toMillis()));
        assertThat(during.all()).filteredOn(answer -> answer.status() != 201).as("refused").isEmpty();
        assertThat(outcome.lost() + earlier.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(earlier.completed()).isEqualTo(earlier.accepted());
        assertThat(outcome.failures()).as("attempts used up").isEmpty();
        assertThat(earlier.failures()).as("attempts used up").isEmpty();
        assertThat(outcome.runAgain() + earlier.runAgain()).isZero();
        assertThat(p99).isLessThan(FAST);
    }
}
