package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import dev.offstage.embedded.AnalyticsCollector.Answer;
import dev.offstage.testing.OffstageProcess;

/** Processes of Offstage that are killed, or asked to stop, while they work. */
class ProcessFaultsIT {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final int CONCURRENCY = 2 * 16; // of the two lanes together

    private static final Duration BACK_WITHIN = Form.within(Duration.ofSeconds(8));

    private static final Duration GRACE = Duration.ofSeconds(1);

    /** What a stop may take beyond the grace. */
    private static final Duration STOPPED_WITHIN = Form.within(Duration.ofSeconds(5));

    private final Random random = new Random(42);
    private FaultCluster cluster;
    private Audit audit;

    @BeforeEach
    void slowDown() throws Exception {
        cluster = FaultCluster.running();
        audit = new Audit(cluster);
        cluster.collector().answerWith(Answer.OK.after(Duration.ofMillis(Form.of(200, 150))));
    }

    @AfterEach
    void speedUp() {
        cluster.collector().answerWith(Answer.OK);
    }

    @Test
    void aKilledWorker() throws Exception {
        int kills = Form.of(1, 5);
        Signups signups = new Signups(cluster::api);
        Duration longest = Duration.ZERO;
        for (int i = 0; i < kills; i++) {
            signups.burst(Form.of(60, 200));
            await().atMost(LIMIT).until(() -> !audit.running().isEmpty());
            TimeUnit.MILLISECONDS.sleep(random.nextInt(200)); // a random moment is the point
            cluster.worker().kill();
            List<UUID> interrupted = audit.running();
            long restart = System.nanoTime();
            OffstageProcess worker = cluster.startWorker();
            await().atMost(LIMIT).until(() -> audit.allRunAgain(interrupted));
            Duration back = Duration.ofNanos(System.nanoTime() - restart);
            longest = back.compareTo(longest) > 0 ? back : longest;
            worker.awaitReady();
        }
        Audit.Outcome outcome = audit.settle(signups.accepted(), LIMIT);

        FaultReport.add("worker killed " + kills + " times", outcome,
                "interrupted jobs ran again at most %.1f s after the restart".formatted(longest.toMillis() / 1e3));
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.runAgain()).as("finished jobs that ran again").isZero();
        assertThat(outcome.runTwice()).isLessThanOrEqualTo(kills * CONCURRENCY);
        assertThat(outcome.failures()).as("attempts used up").isEmpty();
        assertThat(longest).isLessThan(BACK_WITHIN);
    }

    @Test
    void aKilledApi() throws Exception {
        int kills = Form.of(1, 3);
        Signups signups = new Signups(cluster::api).withPhotos().startAt(50);

        for (int i = 0; i < kills; i++) {
            int before = signups.accepted().size();
            await().atMost(LIMIT).until(() -> signups.accepted().size() > before + 20);
            TimeUnit.MILLISECONDS.sleep(random.nextInt(200)); // a random moment is the point
            cluster.api().kill();
            cluster.startApi().awaitReady();
        }
        int before = signups.accepted().size();
        await().atMost(LIMIT).until(() -> signups.accepted().size() > before + 20);
        Audit.Outcome outcome = audit.settle(signups.stop().accepted(), LIMIT);

        FaultReport.add("API killed " + kills + " times during sign-ups", outcome,
                signups.all().size() - signups.accepted().size() + " sign-ups were not answered with 201");
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.runAgain()).isZero();
    }

    @Test
    void workersThatComeAndGo() throws Exception {
        int jobs = Form.of(200, 5_000);
        Signups signups = new Signups(cluster::api).startAt(Form.of(30, 60));
        List<OffstageProcess> more = new ArrayList<>();
        for (int i = 0; i < Form.of(1, 3); i++) {
            more.add(cluster.start("worker-" + i, Map.of("offstage.roles", "worker")));
        }
        more.forEach(OffstageProcess::awaitReady);
        await().atMost(LIMIT)
                .until(() -> signups.jobs().size() >= jobs / 2
                        && audit.workersThatRan(signups.jobs()) == more.size() + 1);
        for (OffstageProcess worker : more) {
            assertThat(worker.terminate()).isIn(0, 143);
        }
        await().atMost(LIMIT).until(() -> signups.jobs().size() >= jobs);
        Audit.Outcome outcome = audit.settle(signups.stop().accepted(), LIMIT);

        FaultReport.add("workers 1 → %d → 1 (SIGTERM) while %d jobs run".formatted(more.size() + 1, outcome.accepted()),
                outcome, "%d workers ran some of them".formatted(audit.workersThatRan(signups.jobs())));
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.runTwice()).as("attempts run twice").isZero();
        assertThat(outcome.mailsTwice() + outcome.eventsTwice()).isZero();
    }

    /** In short, the next ones try this. */
    @EnabledIfSystemProperty(named = "offstage.faults", matches = "full")
    @Test
    void aWorkerThatIsAskedToStop() throws Exception {
        Signups signups = new Signups(cluster::api).burst(Form.of(60, 500));
        for (int i = 0; i < Form.of(1, 3); i++) {
            await().atMost(LIMIT).until(() -> !audit.running().isEmpty());
            assertThat(cluster.worker().terminate()).isIn(0, 143);
            assertThat(audit.running()).as("jobs that run without a worker").isEmpty();
            cluster.startWorker().awaitReady();
        }
        Audit.Outcome outcome = audit.settle(signups.accepted(), LIMIT);

        FaultReport.add("worker asked to stop (SIGTERM) while it works", outcome, "");
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.runTwice()).as("attempts run twice").isZero();
        assertThat(outcome.mailsTwice()).isZero();
        assertThat(outcome.eventsTwice()).isZero();
    }

    @Test
    void aWorkerThatIsAskedToStopAndWhoseJobsTakeTooLong() throws Exception {
        Duration tooLong = Duration.ofSeconds(Form.of(10, 20));
        String patience = tooLong.multipliedBy(3).toSeconds() + "s";
        cluster.worker().terminate();
        OffstageProcess worker = cluster.startWorker(Map.of("offstage.worker.grace", GRACE.toSeconds() + "s",
                "offstage.analytics.timeout", patience, "offstage.jobs.analytics-sync.timeout", patience)).awaitReady();
        cluster.collector().answerWith(Answer.OK.after(tooLong));
        Signups signups = new Signups(cluster::api).burst(Form.of(30, 200));
        await().atMost(LIMIT)
                .until(() -> audit.completed(signups.jobs()) == signups.jobs().size() / 2 // the mails
                        && audit.running().size() == CONCURRENCY / 2);
        long asked = System.nanoTime();
        worker.process().destroy();
        assertThat(worker.awaitEnd()).isIn(0, 143);
        Duration stop = Duration.ofNanos(System.nanoTime() - asked);
        assertThat(audit.running()).as("jobs that run without a worker").isEmpty();
        speedUp();
        cluster.startWorker().awaitReady();
        Audit.Outcome outcome = audit.settle(signups.accepted(), LIMIT);

        FaultReport.add("worker asked to stop (SIGTERM), grace %d s, while %d jobs run %d s".formatted(
                GRACE.toSeconds(), CONCURRENCY / 2, tooLong.toSeconds()), outcome,
                "the stop took %.1f s".formatted(stop.toMillis() / 1e3));
        assertThat(stop).isBetween(GRACE, GRACE.plus(STOPPED_WITHIN));
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.failures()).as("attempts used up").isEmpty();
        assertThat(outcome.runAgain()).isZero();
    }
}
