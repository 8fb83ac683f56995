package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

/** A broker that goes away under load, and comes back. */
class KafkaFaultsIT {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final int PER_SECOND = Form.of(30, 100);
    private static final Duration FAST = Duration.ofMillis(Form.of(1_000, 50));

    private interface Fault {
        void inject() throws Exception;
    }

    @Test
    void kafkaStopped() throws Exception {
        FaultCluster cluster = FaultCluster.running();
        run(cluster, "Kafka stopped", cluster.kafka()::stop);
    }

    @Test
    void kafkaKilled() throws Exception {
        FaultCluster cluster = FaultCluster.running();
        run(cluster, "Kafka killed (SIGKILL)", cluster.kafka()::kill);
    }

    private static void run(FaultCluster cluster, String name, Fault fault) throws Exception {
        int seconds = Form.of(2, 30);
        new Signups(cluster::api).burst(100); // warm
        Signups before = new Signups(cluster::api).startAt(PER_SECOND);
        TimeUnit.SECONDS.sleep(1); // some load before the fault
        Signups during = new Signups(cluster::api).startAt(PER_SECOND);
        before.stop();
        fault.inject();
        TimeUnit.SECONDS.sleep(seconds); // how long the fault lasts
        cluster.kafka().start();
        during.stop();
        Audit audit = new Audit(cluster);
        Audit.Outcome outcome = audit.settle(during.accepted(), LIMIT);
        Audit.Outcome earlier = audit.settle(before.accepted(), LIMIT);

        Duration p99 = Signups.percentile(during.all(), 0.99);
        FaultReport.add("%s for %d s under %d sign-ups/s".formatted(name, seconds, PER_SECOND), outcome,
                "sign-ups meanwhile: p99 %d ms".formatted(p99.toMillis()));
        assertThat(during.accepted()).hasSameSizeAs(during.all());
        assertThat(outcome.lost() + earlier.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(earlier.completed()).isEqualTo(earlier.accepted());
        assertThat(outcome.failures()).as("attempts used up").isEmpty();
        assertThat(earlier.failures()).as("attempts used up").isEmpty();
        assertThat(outcome.runAgain() + earlier.runAgain()).isZero();
        assertThat(p99).isLessThan(FAST);
    }
}
