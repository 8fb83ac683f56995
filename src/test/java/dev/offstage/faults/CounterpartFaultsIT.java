package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import dev.offstage.embedded.AnalyticsCollector.Answer;

/** Mail servers and collectors that are down, slow or answer with errors, and what that does to the other lanes. */
@Tag("nightly")
class CounterpartFaultsIT {

    private static final Duration LIMIT = Duration.ofSeconds(180);
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** What a failed attempt may take beyond its time-out. */
    private static final Duration MARGIN = Form.within(Duration.ofSeconds(1));
    private static final String MAIL = "welcome-email";
    private static final String ANALYTICS = "analytics-sync";
    private static final int PER_SECOND = Form.of(20, 50);
    private static final int SECONDS = Form.of(2, 20);

    /** What a fault on one lane may do to the p99 of another one; a build machine is not quiet enough to tell. */
    private static final double SLOWER = Form.isFull() ? 1.5 : 20;

    /** A shared machine may stop the processes for this long at any moment, with or without a fault. */
    private static final Duration NOISE = Form.within(Duration.ofMillis(10));

    private static FaultCluster cluster;
    private static Audit audit;
    private static Wire mail;
    private static Wire analytics;

    private interface Step {
        void run() throws Exception;
    }

    /**
     * @param lane the one that meets with the fault
     * @param ends the state that its jobs end in
     */
    private record Fault(String name, String lane, int seconds, String ends, Step inject) {

        Fault(String name, String lane, Step inject) {
            this(name, lane, SECONDS, "completed", inject);
        }

        /** The counterpart takes the call, and its answer does not come in time. */
        boolean endsByTimeout() {
            return name.endsWith("silent") || name.endsWith("one byte a second");
        }

        @Override
        public String toString() {
            return name;
        }
    }

    @BeforeAll
    static void lead() throws Exception {
        cluster = FaultCluster.running();
        audit = new Audit(cluster);
        mail = new Wire(cluster.mailbox().port());
        analytics = new Wire(URI.create(cluster.collector().url()).getPort());
        restartWorker(Map.of());
    }

    private static void restartWorker(Map<String, String> more) throws Exception {
        Map<String, String> settings = new HashMap<>(Map.of(
                "quarkus.mailer.port", Integer.toString(mail.port()),
                "offstage.analytics.url", "http://127.0.0.1:" + analytics.port(),
                "offstage.jobs.welcome-email.retry.delays", "1s,4s,16s,64s", // nobody waits here for the hours after them
                "quarkus.mailer.timeout", TIMEOUT.toSeconds() + "s",
                "offstage.analytics.timeout", TIMEOUT.toSeconds() + "s"));
        settings.putAll(more);
        cluster.worker().terminate();
        cluster.startWorker(settings).awaitReady();
    }

    @AfterAll
    static void leadBack() throws Exception {
        cluster.worker().terminate();
        cluster.startWorker().awaitReady();
        mail.close();
        analytics.close();
    }

    static Stream<Fault> faults() {
        int twoMinutes = Form.of(SECONDS, 120);
        String after = Form.isFull() ? "completed or dead" : "completed"; // two minutes are longer than the ladder
        Answer busy = new Answer(429, Map.of("Retry-After", "3"));
        Answer broken = new Answer(500, Map.of());
        List<Fault> all = List.of(
                new Fault("mail server silent", MAIL, () -> mail.become(Wire.Mode.SILENT)),
                new Fault("mail server says 550 to every recipient", MAIL, SECONDS, "dead",
                        () -> mail.refuseRecipientsWith("550 No such user\r\n")),
                new Fault("collector says 500 to every other call", ANALYTICS,
                        () -> cluster.collector().answerWith(Answer.OK, broken)),
                new Fault("mail server down", MAIL, twoMinutes, after, () -> mail.become(Wire.Mode.DOWN)),
                new Fault("mail server cuts every connection", MAIL, () -> mail.become(Wire.Mode.CUT)),
                new Fault("mail server answers one byte a second", MAIL, () -> mail.become(Wire.Mode.CRAWLING)),
                new Fault("mail server says 421", MAIL, () -> mail.answerWith("421 Too busy\r\n")),
                new Fault("mail server says 450", MAIL, () -> mail.answerWith("450 Not now\r\n")),
                new Fault("collector answers one byte a second", ANALYTICS, () -> analytics.become(Wire.Mode.CRAWLING)),
                new Fault("collector down", ANALYTICS, twoMinutes, after, () -> analytics.become(Wire.Mode.DOWN)),
                new Fault("collector silent", ANALYTICS, () -> analytics.become(Wire.Mode.SILENT)),
                new Fault("collector says 429, Retry-After: 3", ANALYTICS, () -> cluster.collector().answerWith(busy)));
        return all.stream().limit(Form.of(2, all.size()));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aFaultOfOneLaneIsNotThatOfTheOther(Fault fault) throws Exception {
        String other = fault.lane.equals(MAIL) ? ANALYTICS : MAIL;
        audit.settle(new Signups(cluster::api).burst(Form.of(50, 1_000)).accepted(), LIMIT); // warm
        Signups without = load(fault.seconds); // as long, so that the slowest hundredth is as large a sample
        audit.settle(without.accepted(), LIMIT);
        Duration usual = Percentile.of(audit.took(without.jobs(), other), 0.99);

        fault.inject.run();
        Signups with = load(fault.seconds);
        await().atMost(LIMIT).until(() -> !audit.failures(with.jobs()).isEmpty());
        audit.settle(with.accepted(), other, LIMIT);
        Duration meanwhile = Percentile.of(audit.took(with.jobs(), other), 0.99);
        if (fault.ends.equals("dead")) {
            audit.settle(with.accepted(), LIMIT); // no later attempt can mend it
        }
        heal();
        Audit.Outcome outcome = audit.settle(with.accepted(), LIMIT);

        Duration longest = audit.failedAttempts(with.jobs(), fault.lane).get(0);
        FaultReport.add("%s for %d s".formatted(fault, fault.seconds), outcome,
                "%d attempts failed, the longest took %d ms; the other lane's p99: %d ms, without the fault %d ms"
                        .formatted(outcome.failures().size(), longest.toMillis(), meanwhile.toMillis(),
                                usual.toMillis()));
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.runTwice()).isZero();
        assertThat(audit.ends(with.jobs(), other)).containsOnly("completed");
        assertThat(audit.ends(with.jobs(), fault.lane)).isSubsetOf(fault.ends.split(" or "));
        assertThat(meanwhile).isLessThan(Duration.ofNanos((long) (usual.toNanos() * SLOWER)).plus(NOISE));
        if (fault.endsByTimeout()) {
            assertThat(longest).as("the longest attempt").isLessThan(TIMEOUT.plus(MARGIN));
        }
        if (fault.ends.equals("dead")) {
            assertThat(audit.diedAtOnce(with.jobs())).as("dead after one attempt").isEqualTo(outcome.dead());
        }
        if (fault.name.contains("Retry-After")) {
            assertThat(audit.waits(with.jobs(), ANALYTICS, 1).get(0)).isGreaterThanOrEqualTo(Duration.ofSeconds(3));
        }
    }

    private static Signups load(int seconds) throws InterruptedException {
        Signups signups = new Signups(cluster::api).startAt(PER_SECOND);
        TimeUnit.SECONDS.sleep(seconds); // how long the load lasts
        return signups.stop();
    }

    private static void heal() throws Exception {
        mail.become(Wire.Mode.OPEN);
        analytics.become(Wire.Mode.OPEN);
        cluster.collector().answerWith(Answer.OK);
    }

    @Test
    void encryptionThatFails() throws Exception {
        restartWorker(Map.of("quarkus.mailer.tls", "true",
                "offstage.analytics.url", "https://127.0.0.1:" + analytics.port()));
        Signups signups = new Signups(cluster::api).burst(Form.of(20, 200));
        await().atMost(LIMIT).until(() -> audit.failures(signups.jobs()).size() >= signups.jobs().size());
        restartWorker(Map.of());
        Audit.Outcome outcome = audit.settle(signups.accepted(), LIMIT);

        FaultReport.add("TLS with mail server and collector fails", outcome,
                "%d attempts failed".formatted(outcome.failures().size()));
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
    }
}
