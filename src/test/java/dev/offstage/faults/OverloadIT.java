package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;

/** More sign-ups than the machine can serve. */
class OverloadIT {

    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final Pattern HEAP = Pattern.compile("jvm_memory_used_bytes\\{area=\"heap\",.*} ([0-9.E]+)");

    @Test
    void moreSignUpsThanCanBeServed() throws Exception {
        assumeTrue(Form.isFull(), "This row does not hold yet, see docs/reliability.md: only -Pfaults shows it.");
        FaultCluster cluster = FaultCluster.running();
        int perSecond = 1_500;
        int seconds = 60;
        Signups signups = new Signups(cluster::api).startAt(perSecond);
        TimeUnit.SECONDS.sleep(seconds); // how long the overload lasts
        signups.stop();
        double heap = heap(cluster);
        Audit.Outcome outcome = new Audit(cluster).settle(signups.accepted(), LIMIT);

        long refused = signups.all().stream().filter(answer -> answer.status() == 503).count();
        long unanswered = signups.all().stream().filter(answer -> answer.status() == 0).count();
        FaultReport.add("%d sign-ups/s for %d s".formatted(perSecond, seconds), outcome,
                "%d answered with 503, %d not at all; p99 of all answers %d ms; heap of the API right after it %.0f MB"
                        .formatted(refused, unanswered, Signups.percentile(signups.all(), 0.99).toMillis(),
                                heap / 1e6));
        assertThat(signups.all()).allSatisfy(answer -> assertThat(answer.status()).isIn(201, 503));
        assertThat(signups.all()).filteredOn(answer -> answer.status() == 503)
                .allSatisfy(answer -> assertThat(answer.retryAfter()).matches("\\d+"));
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.runAgain()).isZero();
    }

    private static double heap(FaultCluster cluster) throws Exception {
        Matcher pools = HEAP.matcher(cluster.api().get("/q/metrics").body());
        double sum = 0;
        while (pools.find()) {
            sum += Double.parseDouble(pools.group(1));
        }
        return sum;
    }
}
