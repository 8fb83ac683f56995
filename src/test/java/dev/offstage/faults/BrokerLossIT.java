package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import dev.offstage.testing.KafkaProcess;

/** A cluster of three brokers that loses one after another, and with it the leaders of a third of all partitions. */
@Tag("nightly")
class BrokerLossIT {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final int PER_SECOND = 50;

    /** In full alone: three brokers and all that runs on them take longer to start than most tests take. */
    @EnabledIfSystemProperty(named = "offstage.faults", matches = "full")
    @Test
    void threeBrokersLoseOneAfterAnother() throws Exception {
        int seconds = 15;
        try (FaultCluster cluster = FaultCluster.ofThreeBrokers()) {
            Audit audit = new Audit(cluster);
            audit.settle(new Signups(cluster::api).burst(100).accepted(), LIMIT); // warm
            Signups signups = new Signups(cluster::api).startAt(PER_SECOND);
            for (KafkaProcess broker : cluster.brokers()) {
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
            FaultReport.add("3 of 3 brokers killed one after another, each away for %d s or more, under %d sign-ups/s"
                    .formatted(seconds, PER_SECOND), outcome,
                    "sign-ups meanwhile: p99 %d ms".formatted(p99.toMillis()));
            assertThat(signups.accepted()).hasSameSizeAs(signups.all());
            assertThat(outcome.lost()).isZero();
            assertThat(outcome.completed()).isEqualTo(outcome.accepted());
            assertThat(outcome.failures()).as("attempts used up").isEmpty();
            assertThat(outcome.runAgain()).isZero();
        }
    }
}
