package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import dev.offstage.embedded.AnalyticsCollector.Answer;

/** Jobs that run much longer than a consumer of Kafka may usually be busy, and handlers that never return. */
@Tag("nightly")
class LongJobIT {

    /** In short, they run until the others are done. */
    private static final Duration LONG = Duration.ofSeconds(Form.of(0, 600));
    private static final Duration LIMIT = LONG.plusSeconds(120);
    private static final int PLACES = 16;
    private static final int LONG_JOBS = PLACES - 1;
    private static final int UNANSWERED = 32;
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** What a failed attempt may take beyond its timeout. */
    private static final Duration MARGIN = Form.within(Duration.ofSeconds(1));
    private static final int OTHERS = Form.of(20, 200);

    /** Until then, calls may be left without an answer. */
    private final CountDownLatch released = new CountDownLatch(1);
    private FaultCluster cluster;
    private Audit audit;

    @BeforeEach
    void meet() throws Exception {
        cluster = FaultCluster.running();
        audit = new Audit(cluster);
    }

    /**
     * @param ofCall how long a handler waits for the collector
     * @param ofAttempt the timeout of the type
     */
    private void restartWorker(Duration ofCall, Duration ofAttempt) throws Exception {
        cluster.worker().terminate();
        cluster.startWorker(Map.of("offstage.analytics.timeout", ofCall.toSeconds() + "s",
                "offstage.jobs.analytics-sync.timeout", ofAttempt.toSeconds() + "s",
                "offstage.analytics.batch-linger", "10ms")).awaitReady(); // in one place, none comes to share a call
    }

    @AfterEach
    void setRight() throws Exception {
        released.countDown(); // also if the test has failed before
        cluster.collector().answerWith(Answer.OK);
        cluster.worker().terminate();
        cluster.startWorker().awaitReady();
    }

    @Test
    void aJobThatRunsTenMinutes() throws Exception {
        await().atMost(Duration.ofMinutes(2)).until(() -> audit.quiet("analytics-sync")); // what others left takes places
        restartWorker(LIMIT, LIMIT);

        cluster.collector().answerWith(new Answer(200, Map.of(), released::await));
        long start = System.nanoTime();
        Signups longOnes = new Signups(cluster::api).burst(LONG_JOBS);
        await().atMost(LIMIT).until(() -> cluster.collector().awaitingAnswers() == LONG_JOBS);
        cluster.collector().answerWith(Answer.OK);
        Signups others = new Signups(cluster::api).burst(OTHERS);
        Audit.Outcome meanwhile = audit.settle(others.accepted(), Duration.ofSeconds(60));
        assertThat(audit.running()).as("long jobs that still run").hasSize(LONG_JOBS);
        TimeUnit.NANOSECONDS.sleep(start + LONG.toNanos() - System.nanoTime()); // how long they run
        Duration ran = Duration.ofNanos(System.nanoTime() - start);
        released.countDown();
        Audit.Outcome outcome = audit.settle(longOnes.accepted(), LIMIT);

        FaultReport.add("%d jobs run %d s, beside others".formatted(LONG_JOBS, ran.toSeconds()), outcome,
                "%d other jobs were done after %.1f s, through the one place left".formatted(meanwhile.completed(),
                        meanwhile.drained().toMillis() / 1e3));
        assertThat(meanwhile.completed()).isEqualTo(meanwhile.accepted());
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.failures()).isEmpty();
        assertThat(outcome.runTwice()).isZero();
        assertThat(outcome.eventsTwice()).isZero();
    }

    /** In short, {@code StubbornHandlerIT} tries this, with handlers that do not even heed their interrupts. */
    @EnabledIfSystemProperty(named = "offstage.faults", matches = "full")
    @Test
    void callsThatAreNeverAnswered() throws Exception {
        restartWorker(Duration.ofSeconds(120), TIMEOUT);

        cluster.collector().answerWith(new Answer(200, Map.of(), released::await));
        Signups stuck = new Signups(cluster::api).burst(UNANSWERED);
        await().atMost(LIMIT).until(() -> audit.inState("queued", stuck.jobs()) == 0); // the last ones in others' places
        cluster.collector().answerWith(Answer.OK);
        Audit.Outcome outcome = audit.settle(stuck.accepted(), LIMIT);
        List<Duration> attempts = audit.failedAttempts(stuck.jobs(), "analytics-sync");

        released.countDown();
        await().atMost(LIMIT).until(() -> cluster.collector().awaitingAnswers() == 0);
        cluster.collector().answerWith(Answer.OK.after(TIMEOUT.dividedBy(2)));
        Signups together = new Signups(cluster::api).burst(2 * PLACES);
        await().atMost(LIMIT).until(() -> cluster.collector().awaitingAnswers() == PLACES);
        Audit.Outcome afterwards = audit.settle(together.accepted(), LIMIT);

        FaultReport.add("%d calls are never answered, in %d places".formatted(UNANSWERED, PLACES), outcome,
                "%d attempts timed out, the longest took %d ms; then %d jobs ran at the same time".formatted(
                        attempts.size(), attempts.get(0).toMillis(), PLACES));
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.runAgain()).isZero();
        assertThat(outcome.failures()).hasSizeGreaterThan(PLACES)
                .allSatisfy(error -> assertThat(error).contains("timeout of 2s"));
        assertThat(attempts).allSatisfy(took -> assertThat(took).isBetween(TIMEOUT, TIMEOUT.plus(MARGIN)));
        assertThat(afterwards.completed()).isEqualTo(afterwards.accepted());
    }
}
