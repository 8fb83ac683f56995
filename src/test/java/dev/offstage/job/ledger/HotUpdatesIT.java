package dev.offstage.job.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.JobState;
import dev.offstage.job.NewJob;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestDatabase;
import dev.offstage.testing.TestJobs;

/** What the life of a job costs PostgreSQL: two new versions of its row, and no entry of an index. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class HotUpdatesIT {

    private static final int JOBS = 3_000;

    private record Updates(long all, long hot) {}

    @Test
    void claimsAndSettlementsAreHotUpdates() throws Exception {
        long before = settled().all;
        Updates start = settled();

        List<UUID> jobs = TestJobs.enqueue(Stream.generate(() -> new NewJob("scripted", Script.SUCCEEDS, "key"))
                .limit(JOBS)
                .toList());
        jobs.forEach(job -> TestJobs.await(job, JobState.COMPLETED));

        assertThat(before).isEqualTo(start.all);
        await().atMost(Duration.ofSeconds(30)).until(() -> settled().all - start.all >= 2L * JOBS);
        Updates end = settled();
        assertThat(end.all - start.all).as("updates, those of a few other jobs included")
                .isBetween(2L * JOBS, 2L * JOBS + 200);
        assertThat(end.hot - start.hot).as("HOT updates").isEqualTo(end.all - start.all);
    }

    /** A session tells its numbers when it has been idle for a while. */
    private static Updates settled() throws SQLException, InterruptedException {
        Updates[] last = {read()};
        await().pollInterval(Duration.ofMillis(1_200)).atMost(Duration.ofSeconds(30)).until(() -> {
            Updates now = read();
            boolean same = now.equals(last[0]);
            last[0] = now;
            return same;
        });
        return last[0];
    }

    private static Updates read() throws SQLException {
        try (Connection connection = TestDatabase.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement
                        .executeQuery(
                                "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'job'")) {
            row.next();
            return new Updates(row.getLong(1), row.getLong(2));
        }
    }
}
