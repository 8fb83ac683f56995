package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import dev.offstage.embedded.AnalyticsCollector.Answer;

/** Mail servers and collectors that are down, slow or in a bad mood, and what that does to the other lanes. */
class CounterpartFaultsIT {

    private static final Duration LIMIT = Duration.ofSeconds(180);
    private static final int SIGN_UPS = Form.of(20, 200);

    private static FaultCluster cluster;
    private static Audit audit;
    private static Wire mail;
    private static Wire analytics;

    @BeforeAll
    static void lead() throws Exception {
        cluster = FaultCluster.running();
        audit = new Audit(cluster);
        mail = new Wire(cluster.mailbox().port());
        analytics = new Wire(URI.create(cluster.collector().url()).getPort());
        cluster.worker().terminate();
        cluster.startWorker(Map.of("quarkus.mailer.port", Integer.toString(mail.port()),
                "offstage.analytics.url", "http://127.0.0.1:" + analytics.port(),
                "quarkus.mailer.timeout", "2s", "offstage.analytics.timeout", "2s",
                "offstage.retry.delays", "1s,4s,16s,64s")).awaitReady();
    }

    @AfterAll
    static void leadBack() throws Exception {
        cluster.worker().terminate();
        cluster.startWorker().awaitReady();
        mail.close();
        analytics.close();
    }

    /** The short form makes do with the first. */
    private static List<Wire.Mode> modes(Wire.Mode... all) {
        return List.of(all).subList(0, Form.of(1, all.length));
    }

    @Test
    void aMailServerThatIsDownOrSilentOrSlow() throws Exception {
        for (Wire.Mode mode : modes(Wire.Mode.SILENT, Wire.Mode.CUT, Wire.Mode.CRAWLING)) {
            mail.become(mode);
            Signups signups = new Signups(cluster::api).burst(SIGN_UPS);
            audit.settle(signups.accepted(), "analytics-sync", LIMIT); // meanwhile the other lane works
            Duration other = Percentile.of(audit.took(signups.jobs(), "analytics-sync"), 1);
            await().atMost(LIMIT).until(() -> audit.failures(signups.jobs()).size() >= SIGN_UPS);
            List<String> errors = audit.failures(signups.jobs());
            mail.become(Wire.Mode.OPEN);
            Audit.Outcome outcome = audit.settle(signups.accepted(), LIMIT);

            FaultReport.add("mail server: " + mode.name().toLowerCase(), outcome,
                    "the other lane's slowest job was done after %d ms".formatted(other.toMillis()));
            assertThat(errors).allSatisfy(error -> assertThat(error).contains("mail"));
            assertThat(outcome.lost()).isZero();
            assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        }
    }

    @Test
    void aMailServerThatRefuses() throws Exception {
        for (String reply : List.of("421 Too busy\r\n", "450 Not now\r\n").subList(0, Form.of(1, 2))) {
            mail.answerWith(reply);
            Signups signups = new Signups(cluster::api).burst(SIGN_UPS);
            await().atMost(LIMIT).until(() -> audit.failures(signups.jobs()).size() >= SIGN_UPS);
            mail.become(Wire.Mode.OPEN);
            Audit.Outcome outcome = audit.settle(signups.accepted(), LIMIT);

            FaultReport.add("mail server says " + reply.strip(), outcome, "");
            assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        }
    }

    @Test
    void aCollectorInABadMood() throws Exception {
        for (Wire.Mode mode : modes(Wire.Mode.CRAWLING, Wire.Mode.SILENT)) {
            analytics.become(mode);
            Signups signups = new Signups(cluster::api).burst(SIGN_UPS);
            await().atMost(LIMIT).until(() -> audit.failures(signups.jobs()).size() >= SIGN_UPS);
            analytics.become(Wire.Mode.OPEN);
            Audit.Outcome outcome = audit.settle(signups.accepted(), LIMIT);

            FaultReport.add("collector: " + mode.name().toLowerCase(), outcome, "");
            assertThat(outcome.lost()).isZero();
            assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        }
        cluster.collector().answerWith(new Answer(429, Map.of("Retry-After", "3")));
        Signups signups = new Signups(cluster::api).burst(SIGN_UPS);
        await().atMost(LIMIT).until(() -> audit.failures(signups.jobs()).size() >= SIGN_UPS);
        cluster.collector().answerWith(Answer.OK);
        Audit.Outcome outcome = audit.settle(signups.accepted(), LIMIT);

        FaultReport.add("collector says 429, Retry-After: 3", outcome, "");
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(audit.waits(signups.jobs(), "analytics-sync", 1).get(0)).as("from the failure to the next attempt")
                .isGreaterThanOrEqualTo(Duration.ofSeconds(3));
    }
}
