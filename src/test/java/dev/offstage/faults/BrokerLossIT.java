package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import dev.offstage.testing.KafkaProcess;

/** A cluster of three brokers that loses one after another, and with it the leaders of a third of all partitions. */
class BrokerLossIT {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final int PER_SECOND = Form.of(10, 50);

    @Test
    void threeBrokersLoseOneAfterAnother() throws Exception {
        int seconds = Form.of(2, 15);
        try (FaultCluster cluster = FaultCluster.ofThreeBrokers()) {
            Audit audit = new Audit(cluster);
            audit.settle(new Signups(cluster::api).burst(100).accepted(), LIMIT); // warm
            Signups signups = new Signups(cluster::api).startAt(PER_SECOND);
            List<KafkaProcess> losses = cluster.brokers().subList(0, Form.of(1, 3));
            for (KafkaProcess broker : losses) {
                broker.kill();
                int before = signups.accepted().size();
                TimeUnit.SECONDS.sleep(seconds); // how long it is away
                Signups meanwhile = new Signups(cluster::api).burst(10);
                audit.settle(meanwhile.accepted(), LIMIT); // the lanes go on without it
                assertThat(signups.accepted()).as("sign-ups while a broker was away").hasSizeGreaterThan(before);
                broker.start();
            }
            Audit.Outcome outcome = audit.settle(signups.stop().accepted(), LIMIT);

            Duration p99 = Signups.percentile(signups.all(), 0.99);
            FaultReport.add("%d of 3 brokers killed one after another, each away for %d s or more, under %d sign-ups/s"
                    .formatted(losses.size(), seconds, PER_SECOND), outcome,
                    "sign-ups meanwhile: p99 %d ms".formatted(p99.toMillis()));
            assertThat(signups.accepted()).hasSameSizeAs(signups.all());
            assertThat(outcome.lost()).isZero();
            assertThat(outcome.completed()).isEqualTo(outcome.accepted());
            assertThat(outcome.failures()).as("attempts used up").isEmpty();
            assertThat(outcome.runAgain()).isZero();
        }
    }
}
