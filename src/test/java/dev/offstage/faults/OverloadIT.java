package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import io.restassured.path.json.JsonPath;

import dev.offstage.testing.OffstageProcess;

/** More than a machine can serve or a worker can hold: sign-ups, and payloads. */
@Tag("nightly")
class OverloadIT {

    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final int SECONDS = Form.of(2, 60);
    private static final int TIMES = 3;
    private static final long FLAT_MIB = 48;

    private static final int MAILS = 150;
    private static final int HEAP_MIB = 128;
    private static final int ATTACHED_BYTES = 750_000;
    private static final String MAIL = """
            {"type":"mail","payload":{"to":["ada@example.com"],"subject":"Report","text":"Attached.","attachments":[
             {"name":"report.bin","contentType":"application/octet-stream","content":"%s"}]}}""";

    /** Three times as many as can be served, with the workers on. */
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

    /** They wait while no worker is there for them; a heap that has room for a few comes to do them all. */
    @EnabledIfSystemProperty(named = "offstage.faults", matches = "full")
    @Test
    void morePayloadsThanTheHeapHolds() throws Exception {
        FaultCluster cluster = FaultCluster.running();
        Audit audit = new Audit(cluster);
        String mail = MAIL.formatted(Base64.getEncoder().encodeToString(new byte[ATTACHED_BYTES]));
        Set<UUID> jobs = new HashSet<>();
        for (int i = 0; i < MAILS; i++) {
            var answer = cluster.api().postJson("/jobs", mail, FaultCluster.OPERATOR_PASSWORD);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
            jobs.add(UUID.fromString(JsonPath.from(answer.body()).getString("id")));
        }

        try (OffstageProcess small = cluster.start("small-heap", Map.of("offstage.roles", "worker", "offstage.lanes",
                "mail"), "-Xmx%dm".formatted(HEAP_MIB)).awaitReady()) {
            Audit.Outcome outcome = audit.settleJobs(jobs, LIMIT);
            FaultReport.add("%d mails of 1 MiB wait, heap of the worker %d MiB".formatted(MAILS, HEAP_MIB), outcome,
                    "");
            assertThat(outcome.completed()).isEqualTo(MAILS);
            assertThat(outcome.runTwice()).isZero();
            assertThat(outcome.mailsTwice()).isZero();
            assertThat(small.terminate()).as("its exit code").isIn(0, 143);
        }
    }
}
