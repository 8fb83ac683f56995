package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import io.restassured.path.json.JsonPath;

import dev.offstage.testing.OffstageProcess;

/** What operators and load balancers see of processes that go and come. */
@Tag("nightly")
class OperationsIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String READY = "/q/health/ready";
    private static final Duration STOPPED_WITHIN = Form.within(Duration.ofSeconds(8));
    private static final int MANY = 20_000;
    private static final int WITH_A_CALL = 1_000;
    private static final String KEY = UUID.randomUUID().toString();
    private static final String THE_LAST_TO_BE_CANCELLED = "select from job where key = '" + KEY
            + "' order by id limit 1 for update";
    private static final String WITH_KEY = "select count(*) from job where key = '" + KEY + "' and state = ";

    private FaultCluster cluster;
    private Database database;

    @BeforeEach
    void meet() throws Exception {
        cluster = FaultCluster.running();
        database = new Database(cluster);
    }

    @Test
    void aProcessThatIsAskedToStopIsFirstNotReady() throws Exception {
        OffstageProcess api = cluster.start("leaving", Map.of("offstage.roles", "api,relay", "quarkus.shutdown.delay",
                "3s")).awaitReady();
        api.process().destroy();
        await().atMost(LIMIT).until(() -> api.get(READY).statusCode() == 503);
        Signups last = new Signups(() -> api).burst(5);

        assertThat(last.accepted()).as("sign-ups that still came in").hasSize(5);
        assertThat(api.terminate()).isIn(0, 143);
        new Audit(cluster).settle(last.accepted(), LIMIT);
    }

    @Test
    void whatAnOperatorWantsOfManyJobsGoesOnAfterAKill() throws Exception {
        for (int i = 0; i < MANY / WITH_A_CALL; i++) {
            assertThat(post("/jobs/bulk", jobs(WITH_A_CALL)).statusCode()).isEqualTo(201);
        }
        String id;
        try (Connection inTheWay = cluster.connect(); Statement statement = inTheWay.createStatement()) {
            inTheWay.setAutoCommit(false);
            statement.execute(THE_LAST_TO_BE_CANCELLED); // so that the kill comes before the end
            id = JsonPath.from(post("/jobs/cancel?state=scheduled&key=" + KEY, "").body()).getString("id");
            await().atMost(LIMIT).until(() -> done(id) > 0);
            cluster.api().kill();
        }
        assertThat(database.count(WITH_KEY + "'scheduled'"))
                .as("jobs that were still to be cancelled")
                .isPositive();
        cluster.startApi().awaitReady();

        await().atMost(LIMIT).until(() -> operation(id).getString("finishedAt") != null);
        assertThat(done(id)).isEqualTo(MANY);
        assertThat(database.count(WITH_KEY + "'cancelled'"))
                .isEqualTo(MANY);
        assertThat(get("/operations").getInt("find { it.id == '" + id + "' }.jobs"))
                .as("in the audit")
                .isEqualTo(MANY);
    }

    @Test
    void aPauseOutlivesTheWorkers() throws Exception {
        assertThat(post("/types/analytics-sync/pause", "").statusCode()).isEqualTo(200);
        cluster.worker().terminate();
        cluster.startWorker().awaitReady();
        List<Signups.Answer> accepted = new Signups(cluster::api).burst(10).accepted();
        String events = "select count(*) from job where type = 'analytics-sync' and state <> 'queued' and id = any(?)";
        String mails = "select count(*) from job where type = 'welcome-email' and state = 'completed' and id = any(?)";
        Object[] jobs = Signups.jobs(accepted).toArray();
        await().atMost(LIMIT).until(() -> database.count(mails, jobs) == accepted.size());

        await().during(Duration.ofSeconds(1)).atMost(LIMIT).until(() -> database.count(events, jobs) == 0);
        assertThat(post("/types/analytics-sync/resume", "").statusCode()).isEqualTo(200);
        Audit.Outcome outcome = new Audit(cluster).settle(accepted, LIMIT);
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
    }

    @Test
    void whoListensToEventsIsLetGoWhenTheProcessStops() throws Exception {
        OffstageProcess api = cluster.start("told", Map.of("offstage.roles", "api")).awaitReady();
        StringBuffer told = new StringBuffer();
        CompletableFuture<HttpResponse<Void>> events = HttpClient.newHttpClient()
                .sendAsync(HttpRequest.newBuilder(api.uri("/events"))
                        .header("Authorization", OffstageProcess.basic(FaultCluster.OPERATOR_PASSWORD))
                        .build(),
                        HttpResponse.BodyHandlers.ofByteArrayConsumer(part -> part
                                .ifPresent(bytes -> told.append(new String(bytes, StandardCharsets.UTF_8)))));
        await().atMost(LIMIT).until(() -> told.indexOf("event:changed") >= 0);

        long asked = System.nanoTime();
        assertThat(api.terminate()).isIn(0, 143);
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(STOPPED_WITHIN);
        assertThat(events).succeedsWithin(STOPPED_WITHIN).satisfies(end -> assertThat(end.statusCode()).isEqualTo(200));
    }

    private static String jobs(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> """
                        {"type":"analytics-sync","key":"%s","delay":"1h","payload":{"userId":"%s"}}""".formatted(KEY,
                        KEY))
                .collect(Collectors.joining(",", "{\"jobs\":[", "]}"));
    }

    private int done(String id) throws Exception {
        return operation(id).getInt("done");
    }

    private JsonPath operation(String id) throws Exception {
        return get("/operations/" + id);
    }

    private JsonPath get(String path) throws Exception {
        return JsonPath.from(cluster.api().get(path, FaultCluster.OPERATOR_PASSWORD).body());
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return cluster.api().postJson(path, body, FaultCluster.OPERATOR_PASSWORD);
    }
}
