package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import io.restassured.path.json.JsonPath;

import dev.offstage.embedded.AnalyticsCollector.Answer;
import dev.offstage.testing.OffstageProcess;

/** One job, one row or one busy API that must not stop the rest. */
@Tag("nightly")
class PoisonIT {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final int MOST_LOST = 3;
    private static final String LONG = "60s";
    private static final String KEY = UUID.randomUUID().toString();
    private static final String EVENT = """
            {"type":"analytics-sync","key":"%s","payload":{"userId":"%s","email":"ada@example.com","name":"Ada",\
            "signedUpAt":"2026-11-30T00:00:00Z"}}""".formatted(KEY, UUID.randomUUID());
    private static final int READERS = 63;

    private FaultCluster cluster;
    private Audit audit;
    private Database database;

    @BeforeEach
    void meet() throws Exception {
        cluster = FaultCluster.running();
        audit = new Audit(cluster);
        database = new Database(cluster);
    }

    @AfterEach
    void speedUp() {
        cluster.collector().answerWith(Answer.OK);
    }

    @Test
    void aJobThatEndsEveryWorkerThatRunsIt() throws Exception {
        cluster.worker().terminate();
        cluster.collector().answerWith(Answer.OK.after(Duration.ofSeconds(60))); // it runs until its worker is killed
        UUID poison = enqueue();
        for (int i = 1; i <= MOST_LOST; i++) {
            int workers = i;
            startPatientWorker();
            await().atMost(LIMIT).until(() -> audit.workersThatRan(List.of(poison)) == workers);
            cluster.worker().kill();
        }
        long killed = System.nanoTime();
        await().atMost(LIMIT).until(() -> audit.inState("dead", List.of(poison)) == 1);
        Duration dead = Duration.ofNanos(System.nanoTime() - killed);
        speedUp();
        cluster.startWorker().awaitReady();
        Signups signups = new Signups(cluster::api).burst(Form.of(20, 200));
        audit.settle(signups.accepted(), LIMIT);
        List<UUID> all = new ArrayList<>(signups.jobs());
        all.add(poison);
        Audit.Outcome outcome = audit.settleJobs(all, LIMIT);

        FaultReport.add("a job that ends each worker that runs it", outcome,
                "it was dead %.1f s after its third worker; the others were done".formatted(dead.toMillis() / 1e3));
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.dead()).isEqualTo(1);
        assertThat(outcome.completed()).isEqualTo(outcome.accepted() - 1);
        assertThat(database.texts("select error_message from job_failure where job_id = any(?) order by failed_at",
                poison))
                .hasSize(MOST_LOST)
                .last()
                .asString()
                .startsWith(MOST_LOST + " workers died while they ran this job");
    }

    private void startPatientWorker() throws Exception {
        cluster.startWorker(Map.of("offstage.analytics.timeout", LONG, "offstage.jobs.analytics-sync.timeout", LONG))
                .awaitReady();
    }

    @Test
    void aRowThatPostgresqlRefuses() throws Exception {
        database.execute("""
                create or replace function damage() returns trigger language plpgsql as $$ begin
                    raise exception 'missing chunk number 0 for toast value 4711' using errcode = 'XX001';
                end $$;
                create trigger damage before update on job for each row
                    when (new.key = '%s' and new.state = 'running') execute function damage()
                """.formatted(KEY));
        UUID bad;
        Signups signups;
        Duration others;
        try {
            bad = enqueue();
            await().atMost(LIMIT)
                    .until(() -> cluster.worker().output().contains("does not let job " + bad + " be claimed"));
            signups = new Signups(cluster::api).burst(Form.of(50, 500));
            others = audit.settle(signups.accepted(), LIMIT).drained();
            assertThat(audit.inState("queued", List.of(bad))).isEqualTo(1);
            assertThat(cluster.worker().get("/q/health/live").statusCode()).isEqualTo(200);
        } finally {
            database.execute("drop trigger damage on job");
        }
        List<UUID> all = new ArrayList<>(signups.jobs());
        all.add(bad);
        Audit.Outcome outcome = audit.settleJobs(all, LIMIT);

        FaultReport.add("PostgreSQL refuses one row (XX001), and is mended", outcome,
                "the other jobs were done %.1f s after the last sign-up".formatted(others.toMillis() / 1e3));
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.runTwice()).isZero();
    }

    /** Readers that wait for a lock hold all connections for requests; the worker in their process shows life all the same. */
    @Test
    void aBusyApiBesideAWorker() throws Exception {
        OffstageProcess all = cluster.start("all", Map.of()).awaitReady();
        Set<UUID> workers = workers();
        assertThat(workers).hasSize(2);
        ExecutorService readers = Executors.newFixedThreadPool(READERS);
        List<Future<Integer>> reads = new ArrayList<>();
        Signups signups;
        try (var inTheWay = cluster.connect(); var statement = inTheWay.createStatement()) {
            inTheWay.setAutoCommit(false);
            statement.execute("lock table audit_entry in access exclusive mode");
            long end = System.nanoTime() + Duration.ofSeconds(Form.of(12, 20)).toNanos(); // how long the fault lasts
            for (int i = 0; i < READERS; i++) {
                reads.add(readers.submit(() -> readUntil(all, end)));
            }
            signups = new Signups(cluster::api).startAt(10);
            for (Future<Integer> read : reads) {
                assertThat(read.get(2, TimeUnit.MINUTES)).as("reads").isPositive();
            }
            inTheWay.rollback();
        } finally {
            readers.shutdownNow();
        }
        Audit.Outcome outcome = audit.settle(signups.stop().accepted(), LIMIT);
        Set<UUID> alive = workers();
        assertThat(all.terminate()).isIn(0, 143);

        FaultReport.add(READERS + " slow requests hold all connections of a process that works, too", outcome,
                "no worker was taken for dead");
        assertThat(alive).isEqualTo(workers);
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.runTwice()).isZero();
    }

    private static int readUntil(OffstageProcess process, long end) throws Exception {
        int reads = 0;
        while (System.nanoTime() < end) {
            process.get("/operations", FaultCluster.OPERATOR_PASSWORD);
            reads++;
        }
        return reads;
    }

    private Set<UUID> workers() throws Exception {
        return new HashSet<>(database.ids("select id from worker"));
    }

    private UUID enqueue() throws Exception {
        HttpResponse<String> answer = cluster.api().postJson("/jobs", EVENT, FaultCluster.OPERATOR_PASSWORD);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return UUID.fromString(JsonPath.from(answer.body()).getString("id"));
    }
}
