package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.embedded.AnalyticsCollector.Answer;
import dev.offstage.testing.OffstageProcess;
import dev.offstage.testing.TestTopic;

/** Processes that are killed exactly where PostgreSQL and Kafka do not agree yet. */
class CrashPointsIT {

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String TYPE = "analytics-sync";
    private static final int PER_SECOND = 20;

    /** So few jobs that the dead ones take several pages. */
    private static final int PAGE = 4;

    private FaultCluster cluster;

    private interface Start {
        OffstageProcess process() throws IOException;
    }

    @BeforeEach
    void meet() throws Exception {
        cluster = FaultCluster.running();
    }

    @AfterEach
    void heal() {
        cluster.collector().answerWith(Answer.OK);
    }

    @Test
    void betweenCommitAndPublish() throws Exception {
        Audit.Outcome outcome = crash("API killed between commit and publish", cluster.api(), cluster.apiDebugPort(),
                cluster::startApi, Answer.OK, "dev.offstage.queue.relay.Relay", "publish");

        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.failures()).isEmpty();
    }

    @Test
    void betweenTheHandlersEndAndItsSettlement() throws Exception {
        Audit.Outcome outcome = crashWorker("worker killed between a handler's end and its settlement", Answer.OK,
                "dev.offstage.queue.lane.Lane", "complete");

        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.failures()).isEmpty();
        assertThat(outcome.runTwice()).as("what was done and not settled is done again").isPositive();
    }

    @Test
    void betweenTheRetryRecordAndItsAcknowledgement() throws Exception {
        Audit.Outcome outcome = crashWorker("worker killed between a retry record and its acknowledgement",
                new Answer(503, Map.of()), "dev.offstage.queue.Publisher", "lambda$sendNow");

        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.failures()).anySatisfy(error -> assertThat(error).contains("503"));
    }

    @Test
    void betweenTheDeadLetterAndItsAcknowledgement() throws Exception {
        Audit.Outcome outcome = crashWorker("worker killed between a dead letter and its acknowledgement",
                new Answer(400, Map.of()), "dev.offstage.job.ledger.Outbox", "published");

        assertThat(outcome.dead()).isPositive();
        assertThat(outcome.completed() + outcome.dead()).isEqualTo(outcome.accepted());
        assertThat(outcome.failures()).as("one failure for each dead job").hasSize((int) outcome.dead());
        List<UUID> dead = new Audit(cluster).dead();
        assertThat(listedAsDead()).as("dead jobs as the API lists them").containsExactlyInAnyOrderElementsOf(dead);
        new TestTopic(TYPE + ".dlq", cluster.kafka().clientSettings())
                .read(dead.size(), letter -> TestTopic.header(letter, "ce_id") != null
                        && dead.remove(UUID.fromString(TestTopic.header(letter, "ce_id"))));
        assertThat(dead).as("dead jobs without a dead letter").isEmpty();
    }

    @Test
    void betweenARungAndItsOffset() throws Exception {
        Audit.Outcome outcome = crash("ladder killed between sending a due record and committing its offset",
                cluster.api(), cluster.apiDebugPort(), cluster::startApi, new Answer(503, Map.of()),
                "dev.offstage.queue.ladder.Ladder", "acknowledged");

        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.failures()).anySatisfy(error -> assertThat(error).contains("503"));
    }

    private Audit.Outcome crashWorker(String name, Answer collector, String className, String method) throws Exception {
        return crash(name, cluster.worker(), cluster.workerDebugPort(), cluster::startWorker, collector, className,
                method);
    }

    /** Page by page. */
    private List<UUID> listedAsDead() throws Exception {
        List<UUID> listed = new ArrayList<>();
        String after = "";
        while (after != null) {
            JsonNode page = new ObjectMapper().readTree(cluster.api()
                    .get("/jobs?state=dead&type=" + TYPE + "&limit=" + PAGE + after, FaultCluster.OPERATOR_PASSWORD)
                    .body());
            page.path("items").forEach(job -> listed.add(UUID.fromString(job.path("id").asText())));
            after = page.path("next").isTextual() ? "&after=" + page.path("next").asText() : null;
        }
        return listed;
    }

    private Audit.Outcome crash(String name, OffstageProcess doomed, int debugPort, Start start, Answer collector,
            String className, String method) throws Exception {
        Audit audit = new Audit(cluster);
        audit.settle(new Signups(cluster::api).burst(5).accepted(), LIMIT); // so that every class is loaded
        cluster.collector().answerWith(collector);
        Signups signups = new Signups(cluster::api);
        try (Breakpoint breakpoint = Breakpoint.at(debugPort, className, method)) {
            signups.startAt(PER_SECOND);
            breakpoint.await(LIMIT);
            doomed.kill();
        }
        start.process().awaitReady();
        heal(); // what failed may now succeed
        Audit.Outcome outcome = audit.settleToTheLastRecord(signups.stop().accepted(), TYPE, LIMIT);

        audit.settleAll(LIMIT); // also those of a request that was cut off before its answer
        FaultReport.add(name, outcome, "");
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.open()).isZero();
        assertThat(outcome.runAgain()).as("finished jobs that ran again").isZero();
        return outcome;
    }
}
