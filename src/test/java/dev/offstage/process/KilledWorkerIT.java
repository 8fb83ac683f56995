package dev.offstage.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import io.restassured.path.json.JsonPath;

import dev.offstage.embedded.Mailbox;
import dev.offstage.testing.OffstageProcess;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.RareTypes;

/** Invariants 1 to 4 when the process that serves sign-ups and runs the jobs is killed in the middle of them. */
@Tag("nightly")
class KilledWorkerIT {

    private static final int SIGN_UPS = 100;
    private static final int KILL_AFTER = 40;

    private static Map<String, String> configuration;

    @BeforeAll
    static void startParts() {
        configuration = new HashMap<>(new OffstageResource().start());
        configuration.putAll(RareTypes.settings());
        configuration.put("offstage.lanes", "welcome-email,avatar-resize,analytics-sync");
        configuration.put("offstage.jobs.welcome-email.concurrency", "1");
        configuration.put("offstage.jobs.analytics-sync.concurrency", "1");
        configuration.put("offstage.jobs.welcome-email.partitions", "2");
        configuration.put("offstage.jobs.avatar-resize.partitions", "2");
        configuration.put("offstage.jobs.analytics-sync.partitions", "2");
    }

    @Test
    void invariant2AWorkerKilledInTheMiddleOfTwoHundredJobsLosesNone() throws Exception {
        Set<String> jobs = new TreeSet<>();
        try (OffstageProcess first = new OffstageProcess("killed-worker", configuration).awaitReady()) {
            OffstageResource.parts().kafka().stop(); // so that the jobs are all there before the first one runs
            for (int i = 0; i < SIGN_UPS; i++) {
                jobs.addAll(signUp(first));
            }
            OffstageResource.parts().kafka().start();
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> count("state = 'completed'") >= KILL_AFTER);
            first.kill();
        }
        assertThat(jobs).hasSize(2 * SIGN_UPS);
        assertThat(count("true")).isEqualTo(2 * SIGN_UPS);
        assertThat(count("state <> 'completed'")).as("jobs that were interrupted or still waited").isPositive();

        try (OffstageProcess second = new OffstageProcess("restarted-worker", configuration).awaitReady()) {
            await().atMost(Duration.ofSeconds(60)).until(() -> count("state = 'completed'") == 2 * SIGN_UPS);
            assertThat(second.terminate()).isIn(0, 143);
        }

        assertThat(texts(
                "select error_message from job_failure where error_class <> 'dev.offstage.job.ledger.WorkerLost'"))
                .as("attempts used up by the kill")
                .isEmpty();
        assertThat(workers()).as("workers that did not sign off, after the last one did").isZero();
        List<Mailbox.Mail> mails = OffstageResource.parts().mailbox().newest(1_000);
        assertThat(mails).extracting(Mailbox.Mail::messageId)
                .as("mails, some maybe sent twice but none missing")
                .containsAll(messageIds());
    }

    private static List<String> signUp(OffstageProcess process) throws Exception {
        var answer = process.postJson("/signup",
                "{\"name\":\"Ada\",\"email\":\"ada-" + UUID.randomUUID() + "@example.com\"}");
        assertThat(answer.statusCode()).isEqualTo(201);
        return JsonPath.from(answer.body()).getList("jobs.id");
    }

    private static long count(String condition) throws SQLException {
        return number("select count(*) from job where " + condition);
    }

    private static long workers() throws SQLException {
        return number("select count(*) from worker");
    }

    private static List<String> messageIds() throws SQLException {
        return texts("select '<' || id || '@offstage.example>' from job where type = 'welcome-email'");
    }

    private static List<String> texts(String sql) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (Connection connection = connect(); ResultSet rows = connection.createStatement().executeQuery(sql)) {
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
        }
        return texts;
    }

    private static long number(String sql) throws SQLException {
        try (Connection connection = connect(); ResultSet rows = connection.createStatement().executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(configuration.get("quarkus.datasource.jdbc.url"),
                configuration.get("quarkus.datasource.username"), configuration.get("quarkus.datasource.password"));
    }
}
