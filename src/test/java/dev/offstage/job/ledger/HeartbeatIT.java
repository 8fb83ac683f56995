package dev.offstage.job.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.JobState;
import dev.offstage.storage.Engine;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;
import dev.offstage.testing.TestTopic;

/** Workers that die, as the heartbeat of this process sees them: each job's worker is made up, and has no life sign. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class HeartbeatIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Inject
    AgroalDataSource ofRequests;

    @Inject
    @Engine
    AgroalDataSource connections;

    @Inject
    Worker worker;

    @ConfigProperty(name = "quarkus.datasource.jdbc.max-size")
    int mostRequests;

    @Test
    void aJobWhoseWorkerDiedRunsOnceMoreAndItsHistorySaysSo() throws Exception {
        UUID job = runningUnderADeadWorker(0);

        TestJobs.await(job, JobState.COMPLETED);

        assertThat(ScriptedHandler.runs(job)).extracting(ScriptedHandler.Run::attempt).containsExactly(1);
        assertThat(TestJobs.failures(job)).singleElement().satisfies(failure -> {
            assertThat(failure.attempt).isEqualTo(1);
            assertThat(failure.errorMessage)
                    .isEqualTo("A worker died while it ran this job (1 of at most 3): it is run once more.");
        });
    }

    @Test
    void aJobThatHasLostThreeWorkersIsDeadAndSaysSo() throws Exception {
        UUID job = runningUnderADeadWorker(2);

        TestJobs.await(job, JobState.DEAD);

        assertThat(ScriptedHandler.runs(job)).isEmpty();
        assertThat(TestJobs.failures(job)).singleElement()
                .extracting(failure -> failure.errorMessage)
                .asString()
                .startsWith("3 workers died while they ran this job");
        assertThat(TestTopic.header(new TestTopic("scripted.dlq").read(job), "offstage-error-message"))
                .startsWith("3 workers died");
    }

    @Test
    void aJobThatIsSentBackMayLoseThreeWorkersAgain() throws Exception {
        UUID job = runningUnderADeadWorker(2);
        TestJobs.await(job, JobState.DEAD);

        try (Connection connection = ofRequests.getConnection()) {
            assertThat(Intervention.REDRIVE.apply(connection, List.of(job))).containsExactly(job);
        }

        TestJobs.await(job, JobState.COMPLETED);
        assertThat(number("select lost_workers from job where id = ?", job)).isZero();
    }

    /** Sixty slow requests held all connections for seconds once, and a healthy worker was taken for dead. */
    @Test
    void lifeSignsDoNotWaitForRequests() throws Exception {
        List<Connection> taken = new ArrayList<>();
        try {
            for (int i = 0; i < mostRequests; i++) {
                taken.add(ofRequests.getConnection());
            }
            long before = beats();
            await().atMost(Duration.ofSeconds(3)).until(() -> beats() > before + 1);
        } finally {
            for (Connection connection : taken) {
                connection.close();
            }
        }
    }

    /** A migration may lock the table of jobs for longer than the expiry: who looks at the jobs of others waits, and goes on beating. */
    @Test
    void invariant4AWorkerBeatsWhileTheTableOfJobsIsLocked() throws Exception {
        try (Connection inTheWay = ofRequests.getConnection(); Statement lock = inTheWay.createStatement()) {
            inTheWay.setAutoCommit(false);
            lock.execute("lock table job in access exclusive mode");
            long before = beats();
            await().atMost(Duration.ofSeconds(10)).until(() -> beats() > before + 1);
            inTheWay.rollback();
        }
    }

    private long beats() throws Exception {
        return number("select beat from worker where id = ?", worker.id());
    }

    private long number(String sql, UUID id) throws Exception {
        try (Connection connection = connections.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, id);
            try (ResultSet row = statement.executeQuery()) {
                assertThat(row.next()).isTrue();
                return row.getLong(1);
            }
        }
    }

    private UUID runningUnderADeadWorker(int lost) throws Exception {
        UUID job = TestJobs.enqueue(Script.SUCCEEDS, Instant.now().plusSeconds(3_600));
        try (Connection connection = ofRequests.getConnection();
                PreparedStatement claim = connection.prepareStatement(
                        """
                                with job as (
                                    update job set state = 'running', worker = ?, started_at = now(), due_at = null, lost_workers = ?
                                    where id = ? returning id, worker
                                )
                                insert into claim (worker, jobs) select worker, array[id] from job
                                """)) {
            claim.setObject(1, UUID.randomUUID());
            claim.setInt(2, lost);
            claim.setObject(3, job);
            assertThat(claim.executeUpdate()).isEqualTo(1);
        }
        return job;
    }
}
