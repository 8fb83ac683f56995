package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.offstage.embedded.AnalyticsCollector.Answer;

/** More failing jobs than fit into memory at ease, on one rung and on another. */
@Tag("nightly")
class RetryFaultsIT {

    private static final Duration LIMIT = Duration.ofSeconds(300);
    private static final String TYPE = "analytics-sync";
    private static final int MANY = Form.of(500, 10_000);
    private static final int NEW_ONES = Form.of(50, 200);

    /** The rung on which the many wait: long enough for the new ones to be looked at meanwhile. */
    private static final Duration LONG_RUNG = Duration.ofSeconds(Form.of(4, 64));
    private static final Duration SHORT_RUNG = Duration.ofSeconds(1);

    private static final Duration ON_TIME = Form.within(Duration.ofMillis(250));
    private static final long FLAT_MIB = 32;

    private FaultCluster cluster;
    private Audit audit;
    private long workerBefore;
    private long apiBefore;

    @BeforeEach
    void weigh() throws Exception {
        cluster = FaultCluster.running();
        audit = new Audit(cluster);
        audit.settle(new Signups(cluster::api).burst(NEW_ONES).accepted(), LIMIT); // warm
        workerBefore = cluster.worker().liveHeap();
        apiBefore = cluster.api().liveHeap();
    }

    @AfterEach
    void heal() {
        cluster.collector().answerWith(Answer.OK);
    }

    @Test
    void manyFailAtOnce() throws Exception {
        cluster.collector().answerWith(new Answer(503, Map.of()));
        List<UUID> jobs = new ForeignRecords(cluster).write(TYPE, MANY);
        await().atMost(LIMIT).until(() -> audit.failures(jobs).size() >= MANY);
        String memory = memory();
        cluster.collector().answerWith(Answer.OK);
        Audit.Outcome outcome = audit.settleJobs(jobs, LIMIT);

        FaultReport.add(MANY + " jobs fail at once", outcome,
                "%d attempts failed; %s".formatted(outcome.failures().size(), memory));
        assertThat(outcome.completed()).isEqualTo(MANY);
        assertThat(outcome.runTwice()).isZero();
        assertThat(outcome.runAgain()).isZero();
    }

    @Test
    void manyWaitWhileOthersFailAnew() throws Exception {
        cluster.collector().answerWith(new Answer(429, Map.of("Retry-After", Long.toString(LONG_RUNG.toSeconds()))));
        List<UUID> waiting = new ForeignRecords(cluster).write(TYPE, MANY);
        await().atMost(LIMIT).until(() -> audit.failures(waiting).size() >= MANY);

        cluster.collector().answerWith(new Answer(503, Map.of()));
        List<UUID> anew = new ForeignRecords(cluster).write(TYPE, NEW_ONES);
        await().atMost(LIMIT).until(() -> audit.failures(anew).size() >= NEW_ONES);
        cluster.collector().answerWith(Answer.OK);
        Audit.Outcome newOnes = audit.settleJobs(anew, LIMIT);
        String memory = memory();
        Audit.Outcome outcome = audit.settleJobs(waiting, LIMIT);

        List<Duration> waits = audit.waits(anew, TYPE, 1);
        Duration late = Percentile.of(waits, 0.99).minus(SHORT_RUNG);
        Duration median = Percentile.of(waits, 0.5).minus(SHORT_RUNG);
        Duration longLate = Percentile.of(audit.waits(waiting, TYPE, 1), 0.99).minus(LONG_RUNG);
        FaultReport.add("%d jobs wait %d s, %d others fail anew".formatted(MANY, LONG_RUNG.toSeconds(), NEW_ONES),
                outcome,
                "the others' second attempts were %d ms late at the median, p99 %d ms; those of the many, p99 %d ms; %s"
                        .formatted(median.toMillis(), late.toMillis(), longLate.toMillis(), memory));
        assertThat(newOnes.completed()).isEqualTo(NEW_ONES);
        assertThat(outcome.completed()).isEqualTo(MANY);
        assertThat(outcome.runTwice()).isZero();
        assertThat(waits.get(0)).as("the shortest wait").isGreaterThanOrEqualTo(SHORT_RUNG);
        assertThat(late).as("p99 of the 1 s rung").isLessThanOrEqualTo(ON_TIME);
    }

    private String memory() throws Exception {
        long worker = cluster.worker().liveHeap();
        long api = cluster.api().liveHeap();
        assertThat(worker).as("live heap of the worker in MiB").isLessThan(workerBefore + FLAT_MIB);
        assertThat(api).as("live heap of the API and relay in MiB").isLessThan(apiBefore + FLAT_MIB);
        return "live heap of the worker %d MiB (before: %d), of the relay %d MiB (%d)".formatted(worker, workerBefore,
                api, apiBefore);
    }
}
