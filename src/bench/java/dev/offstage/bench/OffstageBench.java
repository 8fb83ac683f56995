package dev.offstage.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.offstage.embedded.Ports;
import dev.offstage.testing.OffstageProcess;
import dev.offstage.testing.TestDirectories;

/** How fast Offstage is: one method for each part; {@code mvn verify -Pbench} runs them all. */
class OffstageBench {

    private static final int ROUNDS = Integer.getInteger("offstage.bench.rounds", 5);
    private static final String API = "api,relay";
    /** For a machine with little memory, or a start that is soon over; it costs about a third of the throughput. */
    private static final String SMALL = "-Xms32m -Xmn8m -Xmx192m -Xss512k -XX:MinHeapFreeRatio=10 "
            + "-XX:MaxHeapFreeRatio=15 -XX:TieredStopAtLevel=1 -XX:TrimNativeHeapInterval=2000 "
            + "-Doffstage.jobs.analytics-sync.concurrency=16";
    /** What Java chooses in a pod of k8s/base that has 512 MiB. */
    private static final String POD = BenchCluster.OPTIONS + " -XX:+UseSerialGC -Xmx307m";
    /** Since Java 25 an archive holds more than classes. */
    private static final boolean CACHED = Runtime.version().feature() >= 25;
    private static final String ALL = "api,relay,worker";

    private static BenchCluster cluster;

    private interface Part<T> {
        void measure(T service) throws Exception;
    }

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = new BenchCluster();
    }

    @AfterAll
    static void stopCluster() throws Exception {
        System.out.println(System.lineSeparator() + Figures.table());
        cluster.close();
    }

    private static void measure(String roles, Part<Measurements> part) throws Exception {
        measure(roles, BenchCluster.OPTIONS, part);
    }

    private static void measure(String roles, String options, Part<Measurements> part) throws Exception {
        try (OffstageProcess service = cluster.start(roles, options)) {
            Measurements measurements = new Measurements(cluster.sql(), service);
            part.measure(measurements);
            service.terminate();
            measurements.jobs().discardTheRest();
        }
    }

    private static void rounds(Measurements service, Part<Measurements> part) throws Exception {
        rounds(List.of(service), part);
    }

    /** They take turns, round by round: a machine that is slow for a minute is slow for all. */
    private static <T> void rounds(List<T> services, Part<T> part) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            for (T service : services) {
                part.measure(service);
            }
        }
    }

    @Test
    void signup() throws Exception {
        measure(API, service -> signUps(service, "signup", "workers off", Requests::signUp, 10_000, 100, 200, 500,
                1_000));
        measure(ALL, service -> signUps(service, "signup", "workers on", Requests::signUp, 10_000, 100,
                200, 500));
    }

    @Test
    void signupWithAvatar() throws Exception {
        measure(API, service -> {
            service.warmUp(Requests::signUpWithAvatar, 10_000);
            signUps(service, "signup-avatar", "workers off", Requests::signUpWithAvatar, 10_000, 100, 200, 500);
        });
        measure(ALL, service -> {
            service.warmUp(Requests::signUpWithAvatar, 10_000);
            signUps(service, "signup-avatar", "workers on", Requests::signUpWithAvatar, 500, 20);
        });
    }

    /** A sign-up without a photo, and yet with three jobs: a web hook is told of it. */
    @Test
    void signupWithWebhook() throws Exception {
        try (Subscriber subscriber = new Subscriber()) {
            measure(API, service -> {
                service.subscribe(subscriber);
                signUps(service, "signup-webhook", "workers off", Requests::signUp, 10_000, 200);
            });
            measure(ALL, service -> signUps(service, "signup-webhook", "workers on", Requests::signUp,
                    10_000, 200));
        } finally {
            cluster.sql().execute("delete from webhook");
        }
    }

    private static void signUps(Measurements service, String part, String how, Load.Request request, int count,
            int... rates) throws Exception {
        service.warmUp(Requests::signUp);
        rounds(service, one -> one.signUpsOneAfterAnother(Series.of(part), how, request, count));
        for (int perSecond : rates) {
            rounds(service,
                    one -> one.signUpsAtARate(Series.of(part, "sign-ups/s", perSecond), how, request, perSecond));
        }
    }

    @Test
    void enqueue() throws Exception {
        measure(API, service -> {
            service.warmUpEnqueue();
            rounds(service, one -> one.enqueue(Series.of("enqueue")));
            service.warmUpEnqueueOverHttp();
            rounds(service, one -> one.enqueueOverHttp(Series.of("enqueue")));
        });
    }

    @Test
    void drain() throws Exception {
        measure(API, service -> rounds(List.of(new Workers(cluster, service.jobs())),
                workers -> workers.drain(Series.of("drain"), 200_000)));
    }

    /** A new installation, whose first jobs come all at once and find no worker, before PostgreSQL has counted any rows. */
    @Test
    void firstBurst() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            try (BenchCluster fresh = new BenchCluster(); OffstageProcess service = fresh.start(API)) {
                new Measurements(fresh.sql(), service).burst(Series.of("first-burst"), 300_000);
                service.terminate();
            }
        }
    }

    @Test
    void endToEnd() throws Exception {
        measure(ALL, service -> {
            service.warmUpJobs();
            rounds(service, one -> one.endToEnd(Series.of("end-to-end"), 60));
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 1_000, 50_000})
    void ladder(int others) throws Exception {
        measure(ALL, service -> {
            service.warmUpJobs();
            service.warmUpLadder();
            rounds(service, one -> one.ladder(Series.of("ladder", "others wait", others), others));
        });
    }

    /** As the other parts run it, and with the options for a small machine. */
    @Test
    void memory() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            measure(ALL, service -> service.memory(Series.of("memory"), "384 MiB of heap"));
            measure(ALL, SMALL, service -> service.memory(Series.of("memory"), "kept small"));
        }
    }

    /** From the start of the process until it is ready, as it is and with an archive of what an earlier start has read. */
    @Test
    void start() throws Exception {
        Path archive = Path.of("target", "bench.archive").toAbsolutePath();
        Files.deleteIfExists(archive);
        starts("start", ALL, "Java " + Runtime.version().feature(), SMALL);
        cluster.start(ALL, SMALL + " " + writing(archive)).terminate();
        starts("start", ALL, "Java " + Runtime.version().feature() + " and an archive of classes",
                SMALL + " " + reading(archive));
    }

    private static String writing(Path archive) {
        return (CACHED ? "-XX:AOTCacheOutput=" : "-XX:ArchiveClassesAtExit=") + archive;
    }

    private static String reading(Path archive) {
        return (CACHED ? "-XX:AOTCache=" : "-XX:SharedArchiveFile=") + archive;
    }

    private static void starts(String part, String roles, String how, String options) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            try (OffstageProcess service = cluster.start(roles, options)) {
                Series.of(part).add("from start to ready, " + how, "ms", (System.nanoTime() - start) / 1e6);
                service.terminate();
            }
        }
    }

    /** A container of one role: how long it takes to start, and what it weighs after some work. */
    @Test
    void roles() throws Exception {
        for (String roles : List.of(API, "worker")) {
            Path archive = Path.of("target", "bench-" + roles + ".archive").toAbsolutePath();
            Files.deleteIfExists(archive);
            starts("roles", roles, roles + ", Java " + Runtime.version().feature(), POD);
            cluster.start(roles, POD + " " + writing(archive)).terminate();
            starts("roles", roles, roles + ", Java " + Runtime.version().feature() + " and an archive of classes",
                    POD + " " + reading(archive));
        }
        for (int round = 0; round < ROUNDS; round++) {
            measure(API, POD, service -> service.memoryOf(Series.of("roles"), cluster.start("worker", POD)));
        }
    }

    /** Workers of one lane, whose jobs wait for something that is not this machine. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void scale(int workers) throws Exception {
        measure(API, service -> rounds(List.of(new Workers(cluster, service.jobs())),
                one -> one.scale(Series.of("scale", "workers", workers), workers)));
    }

    /** What a newcomer starts: all but PostgreSQL in one process. */
    @Test
    void embedded() throws Exception {
        int postgresql = Ports.free();
        Path data = TestDirectories.make("bench-embedded").resolve("data");
        Map<String, String> settings = new HashMap<>(Map.of(
                "offstage.embedded.data-dir", data.toString(),
                "offstage.embedded.postgres-port", Integer.toString(postgresql),
                "offstage.operator.password", BenchCluster.PASSWORD,
                "offstage.jobs.no-op.concurrency", "500"));
        for (String part : List.of("kafka", "smtp", "mailbox", "collector")) {
            settings.put("offstage.embedded." + part + "-port", "0");
        }
        try (OffstageProcess service = new OffstageProcess("bench-embedded", settings,
                ("-Xmx1g " + BenchCluster.OPTIONS).split(" ")).awaitReady()) {
            Measurements measurements = new Measurements(
                    new Sql("jdbc:postgresql://127.0.0.1:" + postgresql + "/postgres", "postgres",
                            Files.readString(data.resolve("postgresql-password"))),
                    service);
            signUps(measurements, "embedded", "workers on", Requests::signUp, 10_000, 200);
            measurements.warmUpEnqueue();
            rounds(measurements, one -> one.enqueue(Series.of("embedded")));
            rounds(measurements, one -> one.endToEnd(Series.of("embedded"), 20));
            service.terminate();
        }
    }

    /** What an hour of 200 jobs a second leaves behind in the table, and how fast all is after it, in turns with a table without. */
    @Test
    void churn() throws Exception {
        int jobs = 200 * (int) Duration.ofHours(1).toSeconds();
        try (Grown fresh = new Grown(Series.of("churn", "jobs in the hour before", 0), 0);
                Grown churned = new Grown(Series.of("churn", "jobs in the hour before", jobs), 0)) {
            churned.start(ALL).churn(Series.of("churn"), jobs);
            waits(List.of(fresh, churned));
            signUpsAndEnqueueing(List.of(fresh, churned));
            churned.service().makeIndexesAnew(Series.of("churn"));
        }
    }

    /** Sign-ups and enqueueing, in short, beside finished jobs. */
    @Test
    void growth() throws Exception {
        grown(OffstageBench::signUpsAndEnqueueing);
    }

    /** Draining, beside finished jobs. */
    @Test
    void growthOfDraining() throws Exception {
        grown(sizes -> {
            for (Grown size : sizes) {
                size.start(API);
            }
            rounds(sizes, size -> new Workers(size.cluster(), size.service().jobs()).drain(size.series(), 100_000));
        });
    }

    /** How long jobs take to their handlers, at once and by way of the ladder, beside finished jobs. */
    @Test
    void growthOfWaits() throws Exception {
        grown(OffstageBench::waits);
    }

    /** What operators look at, with five million jobs in the table. */
    @Test
    void looks() throws Exception {
        Looks.measure(cluster, Series.of("looks"), 5_000_000);
    }

    private static void grown(Part<List<Grown>> part) throws Exception {
        try (Grown none = filled(0); Grown million = filled(1_000_000); Grown tenMillion = filled(10_000_000)) {
            part.measure(List.of(none, million, tenMillion));
        }
    }

    private static Grown filled(int finished) throws Exception {
        return new Grown(Series.of("growth", "finished jobs", finished), finished);
    }

    private static void signUpsAndEnqueueing(List<Grown> sizes) throws Exception {
        for (Grown size : sizes) {
            size.start(API).warmUp(Requests::signUp);
            size.service().warmUpEnqueue();
            size.service().jobs().rest();
        }
        rounds(sizes, size -> {
            size.service().signUpsOneAfterAnother(size.series(), "workers off", Requests::signUp, 10_000);
            size.service().signUpsAtARate(size.series(), "200 sign-ups/s, workers off", Requests::signUp, 200);
            size.service().enqueue(size.series());
            size.service().jobs().rest();
        });
    }

    private static void waits(List<Grown> sizes) throws Exception {
        for (Grown size : sizes) {
            size.start(ALL).warmUpJobs();
            size.service().warmUpLadder();
        }
        rounds(sizes, size -> {
            size.service().endToEnd(size.series(), 20);
            size.service().ladder(size.series(), 0);
        });
    }
}
