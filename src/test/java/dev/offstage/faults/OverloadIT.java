package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

/** Three times as many sign-ups as the machine can serve, with the workers on. */
class OverloadIT {

    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final int SECONDS = Form.of(2, 60);
    private static final int TIMES = 3;
    private static final long FLAT_MIB = 48;

    @Test
    void moreSignUpsThanCanBeServed() throws Exception {
        FaultCluster cluster = FaultCluster.running();
        Audit audit = new Audit(cluster);
        Signups warm = new Signups(cluster::api).burst(Form.of(300, 5_000));
        audit.settle(warm.accepted(), LIMIT);
        int served = served(cluster);
        long heapBefore = cluster.api().liveHeap();

        Signups signups = new Signups(cluster::api).startAt(TIMES * served);
        TimeUnit.SECONDS.sleep(SECONDS); // how long the overload lasts
        signups.stop();
        long heapAfter = cluster.api().liveHeap();
        Audit.Outcome outcome = audit.settle(signups.accepted(), LIMIT);

        long refused = signups.all().stream().filter(answer -> answer.status() == 503).count();
        FaultReport.add("%d sign-ups/s for %d s where %d/s can be served".formatted(TIMES * served, SECONDS, served),
                outcome,
                "%d answered with 201, %d with 503; p99 of all answers %d ms; live heap of the API %d MiB, before %d"
                        .formatted(signups.accepted().size(), refused,
                                Signups.percentile(signups.all(), 0.99).toMillis(), heapAfter, heapBefore));
        assertThat(signups.all()).as("load that was really offered")
                .hasSizeGreaterThan(TIMES * served * SECONDS * 9 / 10);
        assertThat(signups.all()).allSatisfy(answer -> assertThat(answer.status()).isIn(201, 503));
        assertThat(signups.all()).filteredOn(answer -> answer.status() == 503)
                .isNotEmpty()
                .allSatisfy(answer -> assertThat(answer.retryAfter()).matches("\\d+"));
        assertThat(heapAfter).as("live heap in MiB").isLessThan(heapBefore + FLAT_MIB);
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.runAgain()).isZero();
    }

    /** Sign-ups a second with 16 at once, one after another. */
    private static int served(FaultCluster cluster) {
        int count = Form.of(500, 3_000);
        long start = System.nanoTime();
        new Signups(cluster::api).burst(count);
        return (int) (count * 1_000_000_000L / (System.nanoTime() - start));
    }
}
