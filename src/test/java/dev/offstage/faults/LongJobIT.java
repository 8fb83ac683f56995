package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import dev.offstage.embedded.AnalyticsCollector.Answer;

/** Jobs that run for as long as nobody would think a consumer could. */
class LongJobIT {

    private static final Duration LONG = Duration.ofSeconds(Form.of(8, 600));
    private static final Duration LIMIT = LONG.plusSeconds(60);
    private static final int LONG_JOBS = 15; // of 16 places
    private static final int OTHERS = Form.of(20, 200);

    private FaultCluster cluster;

    @AfterEach
    void setRight() throws Exception {
        cluster.collector().answerWith(Answer.OK);
        cluster.worker().terminate();
        cluster.startWorker().awaitReady();
    }

    @Test
    void aJobThatRunsTenMinutes() throws Exception {
        cluster = FaultCluster.running();
        Audit audit = new Audit(cluster);
        cluster.worker().terminate();
        String patience = LIMIT.toSeconds() + "s";
        cluster.startWorker(Map.of("offstage.analytics.timeout", patience, "offstage.jobs.analytics-sync.timeout",
                patience)).awaitReady();

        cluster.collector().answerWith(Answer.OK.after(LONG));
        Signups longOnes = new Signups(cluster::api).burst(LONG_JOBS);
        await().atMost(Duration.ofSeconds(30)).until(() -> audit.running().size() == LONG_JOBS);
        cluster.collector().answerWith(Answer.OK);
        Signups others = new Signups(cluster::api).burst(OTHERS);
        Audit.Outcome meanwhile = audit.settle(others.accepted(), Duration.ofSeconds(60));
        assertThat(audit.running()).as("long jobs that still run").hasSize(LONG_JOBS);
        Audit.Outcome outcome = audit.settle(longOnes.accepted(), LIMIT);

        FaultReport.add("%d jobs run %d s, beside others".formatted(LONG_JOBS, LONG.toSeconds()), outcome,
                "%d other jobs were done after %.1f s, through the one place left".formatted(meanwhile.completed(),
                        meanwhile.drained().toMillis() / 1e3));
        assertThat(meanwhile.completed()).isEqualTo(meanwhile.accepted());
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.failures()).isEmpty();
        assertThat(outcome.runTwice()).isZero();
        assertThat(outcome.eventsTwice()).isZero();
    }
}
