package dev.offstage.bench;

import java.time.Duration;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.offstage.testing.OffstageProcess;

/** How fast Offstage is: one method for each part; {@code mvn verify -Pbench} runs them all. */
@TestMethodOrder(OrderAnnotation.class)
class OffstageBench {

    private static final int ROUNDS = Integer.getInteger("offstage.bench.rounds", 5);
    private static final String API = "api,relay";
    private static final String ALL = "api,relay,worker";

    private static BenchCluster cluster;

    private interface Part {
        void measure(Measurements measurements) throws Exception;
    }

    @BeforeAll
    static void start() throws Exception {
        cluster = new BenchCluster();
        cluster.start(API).terminate(); // the tables are there
    }

    @AfterAll
    static void stop() throws Exception {
        System.out.println(System.lineSeparator() + Figures.table());
        cluster.close();
    }

    private static void measure(String roles, Part part) throws Exception {
        try (OffstageProcess service = cluster.start(roles)) {
            Measurements measurements = new Measurements(cluster, service, ROUNDS);
            part.measure(measurements);
            service.terminate();
            measurements.discardTheRest();
        }
    }

    @Test
    void signup() throws Exception {
        measure(API, measurements -> signUps(measurements, "signup", "workers off", Measurements::signUp, 100, 200, 500,
                1_000));
        measure(ALL, measurements -> signUps(measurements, "signup", "workers on, all jobs done", Measurements::signUp,
                100, 200, 500));
    }

    @Test
    void signupWithAvatar() throws Exception {
        measure(API, measurements -> signUps(measurements, "signup-avatar", "workers off",
                Measurements::signUpWithAvatar, 100, 200, 500));
        measure(ALL, measurements -> signUps(measurements, "signup-avatar", "workers on, all jobs done",
                Measurements::signUpWithAvatar, 20));
    }

    private static void signUps(Measurements measurements, String part, String how, Load.Request request,
            int... rates) throws Exception {
        measurements.warmUp(Measurements::signUp);
        measurements.signUpsOneAfterAnother(Series.of(part), how, request, 10_000);
        for (int perSecond : rates) {
            measurements.signUpsAtARate(Series.of(part, "sign-ups/s", perSecond), how, request, perSecond);
        }
    }

    @Test
    void enqueue() throws Exception {
        measure(API, measurements -> {
            measurements.enqueue(Series.of("enqueue"));
            measurements.enqueueOverHttp(Series.of("enqueue"));
        });
    }

    @Test
    void drain() throws Exception {
        measure(API, measurements -> measurements.drain(Series.of("drain"), 100_000));
    }

    @Test
    void endToEnd() throws Exception {
        measure(ALL, measurements -> measurements.endToEnd(Series.of("end-to-end"), 60));
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 1_000, 50_000})
    void ladder(int others) throws Exception {
        measure(ALL, measurements -> measurements.ladder(Series.of("ladder", "others wait", others), others));
    }

    @Test
    void memory() throws Exception {
        measure(ALL, measurements -> measurements.memory(Series.of("memory")));
    }

    /** What an hour of 200 jobs a second leaves behind in the table. */
    @Test
    void churn() throws Exception {
        int jobs = 200 * (int) Duration.ofHours(1).toSeconds();
        measure(ALL, measurements -> measurements.churn(Series.of("churn"), jobs));
    }

    /** The other parts, in short, beside finished jobs; those stay, so this is the last one. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1_000_000, 10_000_000})
    @Order(Integer.MAX_VALUE)
    void growth(int finished) throws Exception {
        cluster.fill(finished);
        Series series = Series.of("growth", "finished jobs", finished);
        measure(API, measurements -> {
            measurements.warmUp(Measurements::signUp);
            measurements.signUpsOneAfterAnother(series, "workers off", Measurements::signUp, 10_000);
            measurements.signUpsAtARate(series, "200 sign-ups/s, workers off", Measurements::signUp, 200);
            measurements.enqueue(series);
            measurements.drain(series, 100_000);
        });
        measure(ALL, measurements -> {
            measurements.endToEnd(series, 20);
            measurements.ladder(series, 1_000);
        });
    }
}
