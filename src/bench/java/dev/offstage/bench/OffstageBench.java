package dev.offstage.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.UUID;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.offstage.testing.OffstageProcess;

/** How fast Offstage is: one method for each part; {@code mvn verify -Pbench} runs them all. */
class OffstageBench {

    private static final int ROUNDS = Integer.getInteger("offstage.bench.rounds", 5);

    /** Finished jobs that lie in the table from the beginning. */
    private static final int FINISHED = Integer.getInteger("offstage.bench.finished", 0);
    private static final String API = "api,relay";
    private static final String ALL = "api,relay,worker";
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final int WARM_UP = 20_000;
    private static final String NO_OP = "{\"failures\":0,\"waitSeconds\":0}";

    private static BenchCluster cluster;
    private OffstageProcess service;
    private String mark;

    @BeforeAll
    static void start() throws Exception {
        cluster = new BenchCluster();
        try (OffstageProcess first = cluster.start(API)) {
            first.terminate(); // the tables are there
        }
        cluster.fill(FINISHED);
    }

    @AfterAll
    static void stop() throws Exception {
        System.out.println(System.lineSeparator() + Figures.table());
        cluster.close();
    }

    @BeforeEach
    void mark() throws Exception {
        mark = cluster.text("select uuidv7()");
    }

    @AfterEach
    void end() throws Exception {
        service.terminate();
        cluster.execute("update job set state = 'cancelled', publish_at = null where id > '" + mark
                + "' and state not in ('completed', 'dead')");
    }

    @Test
    void signupClosedLoopWorkersOff() throws Exception {
        service = cluster.start(API);
        warmUp();
        for (int round = 0; round < ROUNDS; round++) {
            Load.Result result = Load.closed(port(), 16, 10_000, OffstageBench::signUp);
            Figures.add("sign-up, closed loop, 16 connections, workers off", "/s", result.perSecond());
            report("sign-up, closed loop, 16 connections, workers off", result);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 200, 500, 1_000})
    void signupOpenLoopWorkersOff(int perSecond) throws Exception {
        service = cluster.start(API);
        warmUp();
        openLoop(perSecond, "workers off");
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 200})
    void signupOpenLoopWorkersOn(int perSecond) throws Exception {
        service = cluster.start(ALL);
        warmUp();
        awaitQuiet();
        openLoop(perSecond, "all jobs done");
        awaitQuiet();
    }

    private void openLoop(int perSecond, String how) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            report("sign-up, open loop, %d/s, %s".formatted(perSecond, how),
                    Load.open(port(), perSecond, 10, OffstageBench::signUp));
        }
    }

    @Test
    void enqueue() throws Exception {
        service = cluster.start(API);
        enqueue(WARM_UP, 1, 64, NO_OP);
        for (int round = 0; round < ROUNDS; round++) {
            Figures.add("enqueue one by one, 64 at once", "/s", 20_000 / enqueue(20_000, 1, 64, NO_OP));
            Figures.add("enqueue 1,000 with a call", "/s", 100_000 / enqueue(100_000, 1_000, 2, NO_OP));
        }
    }

    @Test
    void drain() throws Exception {
        int jobs = 100_000;
        service = cluster.start(API);
        for (int round = 0; round <= ROUNDS; round++) { // the first one is to warm up
            mark();
            enqueue(jobs, 1_000, 2, NO_OP);
            await(open() + " and publish_at is not null");
            Duration postgresql = cluster.postgresqlTime();
            Duration kafka = cluster.kafkaTime();
            try (OffstageProcess worker = cluster.start("worker")) {
                awaitQuiet();
                double seconds = cluster.number("select extract(epoch from max(finished_at) - min(started_at)) from job"
                        + " where id > '" + mark + "'");
                if (round > 0) {
                    Figures.add("drain, 100,000 no-op jobs, one worker", "/s", jobs / seconds);
                    perThousand("worker", worker.process().info().totalCpuDuration().orElseThrow(), jobs);
                    perThousand("PostgreSQL", cluster.postgresqlTime().minus(postgresql), jobs);
                    perThousand("Kafka", cluster.kafkaTime().minus(kafka), jobs);
                }
            }
        }
    }

    private static void perThousand(String who, Duration time, int jobs) throws IOException {
        Figures.add("drain: processor time of " + who + " for 1,000 jobs", "ms", time.toMillis() * 1_000.0 / jobs);
    }

    @Test
    void endToEnd() throws Exception {
        service = cluster.start(ALL);
        enqueue(WARM_UP, 100, 2, NO_OP);
        awaitQuiet();
        for (int round = 0; round < ROUNDS; round++) {
            mark();
            Load.open(port(), 200, 60 / ROUNDS, connection -> connection.post(
                    "/bench/enqueue?count=1&perCall=1&inFlight=1", "application/json", NO_OP.getBytes(UTF_8)));
            awaitQuiet();
            for (String percentile : new String[]{"0.50", "0.99"}) {
                Figures.add("end to end at 200/s, from the commit to the handler, p" + percentile.substring(2), "ms",
                        cluster.number("select percentile_disc(" + percentile + ") within group (order by "
                                + "extract(epoch from started_at - created_at) * 1000) from job where id > '" + mark
                                + "'"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 1_000, 50_000})
    void ladder(int others) throws Exception {
        service = cluster.start(ALL);
        enqueue(WARM_UP, 100, 2, NO_OP);
        awaitQuiet();
        enqueue(others, 100, 2, "{\"failures\":0,\"waitSeconds\":64}");
        await(open() + " and state <> 'retrying'");
        mark();
        enqueue(200, 1, 2, "{\"failures\":3,\"waitSeconds\":0}");
        awaitQuiet();
        for (String percentile : new String[]{"0.50", "0.99"}) {
            cluster.rows(
                    """
                            select attempt, percentile_disc(%s) within group (order by extract(epoch from next - failed_at) * 1000)
                            from (select f.attempt, f.failed_at, coalesce(lead(f.started_at) over (partition by f.job_id
                                      order by f.attempt), j.started_at) as next
                                  from job_failure f join job j on j.id = f.job_id where j.id > '%s') as waits
                            group by attempt order by attempt"""
                            .formatted(percentile, mark),
                    row -> {
                        int rung = 1 << 2 * (row.getInt(1) - 1);
                        Figures.add("ladder: lateness of the %d s rung, %,d others wait, p%s".formatted(rung, others,
                                percentile.substring(2)), "ms", row.getDouble(2) - rung * 1_000);
                    });
        }
    }

    @Test
    void memory() throws Exception {
        service = cluster.start(ALL);
        Figures.add("memory (RSS) of a service with all roles, at rest", "MiB", service.residentMemory());
        warmUp();
        awaitQuiet();
        Load.open(port(), 200, 30, OffstageBench::signUp);
        Figures.add("memory (RSS) under 200 sign-ups/s", "MiB", service.residentMemory());
        awaitQuiet();
        Figures.add("live heap after it", "MiB", service.liveHeap());
    }

    private void warmUp() throws Exception {
        Load.closed(port(), 16, WARM_UP, OffstageBench::signUp);
    }

    private static int signUp(Connection connection) throws IOException {
        String body = "{\"name\":\"Ada Lovelace\",\"email\":\"ada-" + UUID.randomUUID() + "@example.com\"}";
        return connection.post("/signup", "application/json", body.getBytes(UTF_8));
    }

    private double enqueue(int count, int perCall, int inFlight, String payload) throws Exception {
        var answer = service.postJson(
                "/bench/enqueue?count=%d&perCall=%d&inFlight=%d".formatted(count, perCall, inFlight),
                payload);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Double.parseDouble(answer.body());
    }

    /** Counts the jobs of this part that have not ended. */
    private String open() {
        return "select count(*) from job where id > '" + mark + "' and state not in ('completed', 'dead')";
    }

    private void awaitQuiet() {
        await(open());
    }

    private static void await(String count) {
        Awaitility.await().atMost(LIMIT).pollInterval(Duration.ofMillis(500)).until(() -> cluster.number(count) == 0);
    }

    private static void report(String figure, Load.Result result) throws IOException {
        assertThat(result.refused()).as("answers other than 2xx").isZero();
        Figures.add(figure + ", p50", "ms", result.percentile(0.5));
        Figures.add(figure + ", p99", "ms", result.percentile(0.99));
        Figures.add(figure + ", p99.9", "ms", result.percentile(0.999));
    }

    private int port() {
        return service.uri("/").getPort();
    }
}
