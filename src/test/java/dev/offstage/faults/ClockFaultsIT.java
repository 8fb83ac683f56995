package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import dev.offstage.embedded.AnalyticsCollector.Answer;
import dev.offstage.testing.OffstageProcess;

/** A worker whose machine has the wrong time. */
@Tag("nightly")
class ClockFaultsIT {

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Duration RUNG = Duration.ofSeconds(1);
    private static final String JOBS_THAT_FAILED = """
            select count(distinct job_id) from job_failure where job_id = any(?)
            """;
    private static final int SIGN_UPS = Form.of(20, 200);

    /** What a worker that has just started may be late when all jobs come at once; a clock that counts shows as 90 s. */
    private static final Duration TOO_LONG = Form.within(Duration.ofSeconds(5));

    @AfterEach
    void setRight() throws Exception {
        FaultCluster cluster = FaultCluster.running();
        cluster.collector().answerWith(Answer.OK);
        cluster.worker().terminate();
        cluster.startWorker().awaitReady();
    }

    /** The short form makes do with the clock that could make a job run early. */
    static IntStream clocks() {
        return IntStream.of(-90, 90).limit(Form.of(1, 2));
    }

    @ParameterizedTest
    @MethodSource("clocks")
    void clocksThatAreApart(int seconds) throws Exception {
        assumeTrue(OffstageProcess.canMoveClocks(), "There is no C compiler here, which moving a clock needs.");
        FaultCluster cluster = FaultCluster.running();
        Audit audit = new Audit(cluster);
        cluster.worker().terminate();
        cluster.startWorker(Map.of(OffstageProcess.CLOCK, Integer.toString(seconds))).awaitReady();
        cluster.collector().answerWith(new Answer(503, Map.of()));

        Signups signups = new Signups(cluster::api).burst(SIGN_UPS);
        await().atMost(LIMIT)
                .until(() -> new Database(cluster).count(JOBS_THAT_FAILED, signups.jobs().toArray()) == SIGN_UPS);
        cluster.collector().answerWith(Answer.OK);
        Audit.Outcome outcome = audit.settle(signups.accepted(), LIMIT);

        List<Duration> waits = audit.waits(signups.jobs(), "analytics-sync", 1);
        FaultReport.add("the worker's clock is %d s %s".formatted(Math.abs(seconds), seconds > 0 ? "ahead" : "behind"),
                outcome, "from the first failure to the second attempt: %d to %d ms"
                        .formatted(waits.get(0).toMillis(), waits.get(waits.size() - 1).toMillis()));
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(waits).hasSize(SIGN_UPS);
        assertThat(cluster.worker().output()).as("the log of the worker").contains("clock and PostgreSQL's are");
        assertThat(waits.get(0)).as("the shortest wait").isGreaterThanOrEqualTo(RUNG);
        assertThat(waits.get(waits.size() - 1)).as("the longest wait").isLessThan(TOO_LONG);
    }
}
