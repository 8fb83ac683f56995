package dev.offstage.job.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.JobState;
import dev.offstage.job.NewJob;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestDatabase;
import dev.offstage.testing.TestJobs;
import dev.offstage.testing.TestTopic;

/** The outbox and the ledger write the same rows at the same time. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class OutboxIT {

    private static final String LARGE = """
            insert into job (id, type, key, payload, state, attempt, created_at, publish_at)
            select uuidv7(), 'scripted', 'large', jsonb_build_object('how', repeat('x', 1000000)), 'queued', 1, now(),
                   to_timestamp(0)
            from generate_series(1, 100)
            """;

    @Inject
    Outbox outbox;

    @Inject
    AgroalDataSource dataSource;

    /** Somebody may have deleted the failures, or restored a part of a backup. */
    @Test
    void aDeadJobWithoutAFailureIsWrittenAsADeadLetterAllTheSame() throws Exception {
        UUID job = TestJobs.enqueue(Script.SUCCEEDS, Instant.now().plusSeconds(3_600));
        try (Connection connection = dataSource.getConnection();
                PreparedStatement die = connection.prepareStatement(
                        "update job set state = 'dead', finished_at = now(), due_at = null, publish_at = now() where id = ?")) {
            die.setObject(1, job);
            die.executeUpdate();
        }

        assertThat(TestTopic.header(new TestTopic("scripted.dlq").read(job), "offstage-error-message"))
                .startsWith("Why the job died is not known");
    }

    @Test
    void aRowThatAWorkerIsClaimingIsNotWaitedFor() throws Exception {
        Instant due = Instant.now().plusSeconds(600).truncatedTo(ChronoUnit.MICROS);
        UUID job = TestJobs.enqueue(Script.SUCCEEDS, due);
        try (Connection worker = dataSource.getConnection()) {
            worker.setAutoCommit(false);
            lock(worker, job);

            assertTimeoutPreemptively(Duration.ofMillis(500), () -> outbox
                    .published(List.of(new OutboxJob.Version(job, 1, JobState.SCHEDULED, due))));
            worker.rollback();
        }
        assertThat(isInOutbox(job)).isTrue();
    }

    @Test
    void aMarkThatComesLateIsNotTakenForTheNextOne() throws Exception {
        Instant due = Instant.now().plusSeconds(600).truncatedTo(ChronoUnit.MICROS);
        UUID job = TestJobs.enqueue(Script.SUCCEEDS, due);

        outbox.published(List.of(new OutboxJob.Version(job, 1, JobState.SCHEDULED, due.minusSeconds(5))));
        assertThat(isInOutbox(job)).isTrue();
        outbox.published(List.of(new OutboxJob.Version(job, 1, JobState.SCHEDULED, due)));
        assertThat(isInOutbox(job)).isFalse();
    }

    @Test
    void whatKafkaHasForgottenIsDueAgainAFewAtATime() throws SQLException {
        Instant later = Instant.now().plusSeconds(600);
        List<UUID> jobs = Stream.generate(() -> TestJobs.enqueue(Script.SUCCEEDS, later)).limit(3).toList();
        publishedAt(Instant.EPOCH, jobs);

        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            found.add(outbox.publishAgain("scripted", Instant.EPOCH.plusSeconds(1), 2));
        }

        assertThat(found).containsExactly(2, 1, 0);
        jobs.forEach(job -> TestJobs.await(job, JobState.COMPLETED));
    }

    private void publishedAt(Instant time, List<UUID> jobs) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement update = connection.prepareStatement(
                        "update job set state = 'queued', publish_at = null, published_at = ? where id = any(?)")) {
            update.setObject(1, time.atOffset(ZoneOffset.UTC));
            update.setArray(2, connection.createArrayOf("uuid", jobs.toArray()));
            update.executeUpdate();
        }
    }

    /** They take seconds to read; here they are not committed, so that nobody else takes them. */
    @Test
    void ofLargeJobsALeaseReadsNoMoreThanItTakes() throws SQLException {
        try (Connection connection = TestDatabase.connect();
                PreparedStatement insert = connection.prepareStatement(LARGE);
                PreparedStatement lease = connection.prepareStatement(Outbox.LEASE)) {
            connection.setAutoCommit(false);
            for (int i = 0; i < 10; i++) {
                insert.executeUpdate();
            }
            lease.setInt(1, 1_000);
            lease.setDouble(2, 30);
            lease.setInt(3, Outbox.MOST_BYTES);
            int leased = 0;
            try (ResultSet rows = lease.executeQuery()) {
                while (rows.next()) {
                    assertThat(rows.getInt("due")).isEqualTo(1_000);
                    leased++;
                }
            }
            assertThat(leased).isBetween(8, 10);
            connection.rollback();
        }
    }

    private boolean isInOutbox(UUID job) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement select = connection
                        .prepareStatement("select 1 from job where id = ? and publish_at is not null")) {
            select.setObject(1, job);
            return select.executeQuery().next();
        }
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
