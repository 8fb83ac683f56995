package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.offstage.testing.OffstageProcess;

/** What an operator sees of a dependency that is gone, and of a process that was asked to go. */
class OperationsIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int FEW = 3;
    private static final int SECONDS = Form.of(2, 10);
    private static final String LIVE = "/q/health/live";
    private static final String READY = "/q/health/ready";

    private FaultCluster cluster;

    @BeforeEach
    void meet() throws Exception {
        cluster = FaultCluster.running();
    }

    @Test
    void aDatabaseThatIsGoneIsNamedOnceAndEndsNoProcess() throws Exception {
        String before = cluster.api().output();
        Signups signups = new Signups(cluster::api).startAt(20);
        cluster.postgresql().stop();
        try {
            await().atMost(LIMIT).until(() -> cluster.api().get(READY).statusCode() == 503);
            TimeUnit.SECONDS.sleep(SECONDS); // how long the fault lasts
            assertThat(cluster.api().get(READY).body()).contains("Database connections health check");
            assertThat(cluster.api().get(LIVE).statusCode()).isEqualTo(200);
            assertThat(cluster.worker().get(LIVE).statusCode()).isEqualTo(200);
        } finally {
            cluster.postgresql().start();
        }
        await().atMost(LIMIT).until(() -> cluster.api().get(READY).statusCode() == 200);
        await().atMost(LIMIT).until(() -> linesSince(before, "PostgreSQL is back") == 1);
        new Audit(cluster).settle(signups.stop().accepted(), LIMIT);

        assertThat(linesSince(before, "PostgreSQL cannot be reached")).isEqualTo(1);
        assertThat(alarmsSince(before)).as("lines of alarm, for dozens of requests").isLessThanOrEqualTo(FEW);
    }

    @Test
    void aBrokerThatIsGoneIsNamedOnceAndEndsNoProcess() throws Exception {
        String before = cluster.api().output();
        Signups signups = new Signups(cluster::api).startAt(20);
        cluster.kafka().stop();
        try {
            await().atMost(LIMIT).until(() -> cluster.worker().get(READY).statusCode() == 503);
            await().atMost(LIMIT).until(() -> linesSince(before, "Kafka cannot be reached") == 1);
            TimeUnit.SECONDS.sleep(SECONDS); // how long the fault lasts
            assertThat(cluster.worker().get(READY).body()).contains("Kafka cannot be reached");
            assertThat(cluster.worker().get(LIVE).statusCode()).isEqualTo(200);
            assertThat(cluster.api().get(LIVE).statusCode()).isEqualTo(200);
            assertThat(cluster.api().get(READY).statusCode()).as("sign-ups need no Kafka").isEqualTo(200);
            assertThat(cluster.api().get(READY).body()).contains("Kafka cannot be reached");
        } finally {
            cluster.kafka().start();
        }
        await().atMost(LIMIT).until(() -> cluster.worker().get(READY).statusCode() == 200);
        await().atMost(LIMIT).until(() -> linesSince(before, "Kafka is back") == 1);
        new Audit(cluster).settle(signups.stop().accepted(), LIMIT);

        assertThat(linesSince(before, "Kafka cannot be reached")).isEqualTo(1);
        assertThat(alarmsSince(before)).as("lines of alarm, for dozens of jobs").isLessThanOrEqualTo(FEW);
    }

    @Test
    void aProcessThatIsAskedToStopIsFirstNotReady() throws Exception {
        OffstageProcess api = cluster.start("leaving", Map.of("offstage.roles", "api,relay", "quarkus.shutdown.delay",
                "3s")).awaitReady();
        api.process().destroy();
        await().atMost(LIMIT).until(() -> api.get(READY).statusCode() == 503);
        Signups last = new Signups(() -> api).burst(5);

        assertThat(last.accepted()).as("sign-ups that still came in").hasSize(5);
        assertThat(api.terminate()).isIn(0, 143);
        new Audit(cluster).settle(last.accepted(), LIMIT);
    }

    private long alarmsSince(String before) throws IOException {
        return linesSince(before, " WARN ") + linesSince(before, " ERROR ");
    }

    /** How many lines of the API's log hold this text, of those that came after some others. */
    private long linesSince(String before, String text) throws IOException {
        return cluster.api().output().substring(before.length()).lines().filter(line -> line.contains(text)).count();
    }
}
