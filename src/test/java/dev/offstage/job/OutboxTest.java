package dev.offstage.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

/** The outbox and the ledger write the same rows at the same time. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class OutboxTest {

    @Inject
    Outbox outbox;

    @Inject
    AgroalDataSource dataSource;

    @Test
    void aRowThatAWorkerIsClaimingIsNotWaitedFor() throws Exception {
        UUID job = TestJobs.enqueue(Script.SUCCEEDS, Instant.now().plusSeconds(600));
        OutboxJob published = new OutboxJob(job, "scripted", "key", "{}", 1, JobState.SCHEDULED, Instant.now(), null,
                null,
                null,
                null);
        try (Connection worker = dataSource.getConnection()) {
            worker.setAutoCommit(false);
            lock(worker, job);

            assertTimeoutPreemptively(Duration.ofMillis(500), () -> outbox.published(List.of(published.stage())));
            worker.rollback();
        }
        assertThat(TestJobs.find(job).state).isEqualTo(JobState.SCHEDULED);
    }

    @Test
    void jobsTooLargeForMemoryArePublishedToo() {
        Script large = new Script(0, "x".repeat(900_000), null);
        List<UUID> jobs = TestJobs.enqueue(Stream.generate(() -> new NewJob("scripted", large, "large"))
                .limit(20)
                .toList());

        jobs.forEach(job -> TestJobs.await(job, JobState.COMPLETED));
    }

    private static void lock(Connection connection, UUID job) throws SQLException {
        try (PreparedStatement lock = connection.prepareStatement("select id from job where id = ? for update")) {
            lock.setObject(1, job);
            lock.executeQuery();
        }
    }
}
