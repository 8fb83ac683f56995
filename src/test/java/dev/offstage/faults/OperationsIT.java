package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.offstage.testing.OffstageProcess;

/** What a load balancer sees of a process that was asked to go. */
class OperationsIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String READY = "/q/health/ready";

    private FaultCluster cluster;

    @BeforeEach
    void meet() throws Exception {
        cluster = FaultCluster.running();
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
}
