package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.offstage.embedded.AnalyticsCollector.Answer;

/** A database that goes away, cuts connections, or keeps its callers waiting. */
@Tag("nightly")
class PostgresqlFaultsIT {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    /** In the time for which a sign-up waits, more come than the service takes on at once. */
    private static final int PER_SECOND = 50;

    private static final int FEW = 3;
    private static final String LIVE = "/q/health/live";
    private static final String READY = "/q/health/ready";

    private static final Duration ANSWERED_WITHIN = Form.within(Duration.ofSeconds(2));

    /** A call that has begun is given up when PostgreSQL is silent for two seconds. */
    private static final Duration HANG_ANSWERED_WITHIN = Form.within(Duration.ofSeconds(3));

    private interface Fault {
        void inject() throws Exception;
    }

    private FaultCluster cluster;

    @BeforeEach
    void slowDown() throws Exception {
        cluster = FaultCluster.running();
        cluster.collector().answerWith(Answer.OK.after(Duration.ofMillis(100)));
    }

    @AfterEach
    void speedUp() {
        cluster.collector().answerWith(Answer.OK);
    }

    /** An operator is told once that PostgreSQL is gone and once that it is back, and no process ends. */
    @Test
    void postgresqlStopped() throws Exception {
        int seconds = Form.of(2, 30);
        LogSince log = new LogSince(cluster.api(), "PostgreSQL");
        run("PostgreSQL stopped for " + seconds + " s", () -> {
            cluster.postgresql().stop();
            try {
                TimeUnit.SECONDS.sleep(seconds); // how long the fault lasts
                await().atMost(LIMIT).until(() -> cluster.api().get(READY).statusCode() == 503);
                assertThat(cluster.api().get(READY).body()).contains("Database connections health check");
                assertThat(cluster.api().get(LIVE).statusCode()).isEqualTo(200);
                assertThat(cluster.worker().get(LIVE).statusCode()).isEqualTo(200);
            } finally {
                cluster.postgresql().start();
            }
        });
        await().atMost(LIMIT).until(() -> cluster.api().get(READY).statusCode() == 200);
        await().atMost(LIMIT).until(() -> log.back() == 1);

        assertThat(log.gone()).isEqualTo(1);
        assertThat(log.alarms()).as("lines of alarm, for dozens of requests").isLessThanOrEqualTo(FEW);
    }

    @Test
    void postgresqlKilled() throws Exception {
        run("PostgreSQL killed and started again", () -> {
            cluster.postgresql().kill();
            cluster.postgresql().start();
        });
    }

    @Test
    void connectionsCut() throws Exception {
        run("every connection cut, " + Form.of(3, 10) + " times", () -> {
            for (int i = 0; i < Form.of(3, 10); i++) {
                execute("select pg_terminate_backend(pid) from pg_stat_activity "
                        + "where pid <> pg_backend_pid() and backend_type = 'client backend'");
                TimeUnit.MILLISECONDS.sleep(500); // time to connect again
            }
        });
    }

    @Test
    void aLockThatIsHeld() throws Exception {
        int seconds = Form.of(2, 20);
        run("one transaction locks job and app_user for " + seconds + " s", () -> {
            try (Connection connection = cluster.connect()) {
                connection.setAutoCommit(false);
                connection.createStatement().execute("lock table job, app_user in access exclusive mode");
                TimeUnit.SECONDS.sleep(seconds); // how long the fault lasts
                connection.rollback();
            }
        });
    }

    @Test
    void postgresqlHangs() throws Exception {
        int seconds = Form.of(3, 20);
        run("PostgreSQL hangs (SIGSTOP) for " + seconds + " s", HANG_ANSWERED_WITHIN, () -> {
            cluster.signalPostgresql("STOP");
            try {
                TimeUnit.SECONDS.sleep(seconds); // how long the fault lasts
            } finally {
                cluster.signalPostgresql("CONT");
            }
        });
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = cluster.connect()) {
            connection.createStatement().execute(sql);
        }
    }

    private void run(String name, Fault fault) throws Exception {
        run(name, ANSWERED_WITHIN, fault);
    }

    private void run(String name, Duration answeredWithin, Fault fault) throws Exception {
        new Signups(cluster::api).withPhotos().burst(50); // warm
        Signups signups = new Signups(cluster::api).withPhotos().startAt(PER_SECOND);
        TimeUnit.SECONDS.sleep(1); // jobs that run when the fault comes
        fault.inject();
        TimeUnit.SECONDS.sleep(1); // sign-ups after it
        int atTheEnd = signups.accepted().size();
        await().atMost(LIMIT).until(() -> signups.accepted().size() > atTheEnd + PER_SECOND);
        signups.stop();
        Audit.Outcome outcome = new Audit(cluster).settle(signups.accepted(), LIMIT);

        Duration slowest = Signups.percentile(signups.all(), 1);
        long refused = signups.all().stream().filter(answer -> answer.status() == 503).count();
        FaultReport.add(name, outcome, "%d sign-ups answered with 503, the slowest answer took %d ms"
                .formatted(refused, slowest.toMillis()));
        assertThat(signups.all()).allSatisfy(answer -> assertThat(answer.status()).isIn(201, 503));
        assertThat(signups.all()).filteredOn(answer -> answer.status() == 503)
                .allSatisfy(answer -> assertThat(answer.retryAfter()).matches("\\d+"));
        assertThat(slowest).isLessThan(answeredWithin);
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(outcome.failures()).as("attempts used up").isEmpty();
        assertThat(outcome.runAgain()).isZero();
        assertThat(outcome.runTwice()).as("attempts that healthy workers ran twice").isZero();
    }
}
