package dev.offstage.job.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

import jakarta.inject.Inject;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import com.github.f4b6a3.uuid.UuidCreator;

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
            with large as (
                insert into job (id, type, key, payload, state, attempt, created_at)
                select uuidv7(), 'scripted', 'large', jsonb_build_object('how', repeat('x', 1000000)), 'queued', 1, now()
                from generate_series(1, 100) returning id
            )
            insert into outbox (id, publish_at, jobs) select id, to_timestamp(0), array[id] from large
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
                        """
                                with job as (
                                    update job set state = 'dead', finished_at = now(), due_at = null where id = ? returning id
                                )
                                update outbox set publish_at = now(), dead_letters = true from job where job.id = any(jobs)
                                """)) {
            die.setObject(1, job);
            die.executeUpdate();
        }

        assertThat(TestTopic.header(new TestTopic("scripted.dlq").read(job), "offstage-error-message"))
                .startsWith("Why the job died is not known");
    }

    @Test
    void aScheduledJobThatIsLockedIsNotWaitedFor() throws Exception {
        UUID locked = TestJobs.enqueue(Script.SUCCEEDS, Instant.now().plusSeconds(600));
        UUID free = TestJobs.enqueue(Script.SUCCEEDS, Instant.now().plusSeconds(600));
        try (Connection other = dataSource.getConnection()) {
            other.setAutoCommit(false);
            lock(other, locked);
            makeDue(locked);
            makeDue(free);

            TestJobs.await(free, JobState.COMPLETED);
            other.rollback();
            other.setAutoCommit(true);
        }
        TestJobs.await(locked, JobState.COMPLETED);
    }

    /** A crash may leave an entry of jobs that Kafka has, and that have run since. */
    @Test
    void anEntryWhoseJobsHaveEndedIsTakenOutAndBringsNothing() throws Exception {
        UUID job = TestJobs.enqueue(Script.SUCCEEDS);
        TestJobs.await(job, JobState.COMPLETED);
        execute("insert into outbox (id, publish_at, jobs) values (gen_random_uuid(), now(), array[?::uuid])", job);

        Awaitility.await().until(() -> !isInOutbox(job));
        assertThat(TestJobs.find(job).state).isEqualTo(JobState.COMPLETED);
    }

    @Test
    void theJobsOfACommitShareAnEntry() throws Exception {
        Instant later = Instant.now().plusSeconds(600);
        List<UUID> jobs = TestJobs
                .enqueue(Stream.generate(() -> new NewJob("scripted", Script.SUCCEEDS, "key", later, null))
                        .limit(150)
                        .toList());

        assertThat(entriesOf(jobs)).isEqualTo(2);
    }

    @Test
    void whatKafkaHasForgottenIsDueAgainPageByPage() throws Exception {
        UUID before = new UUID(UuidCreator.getTimeOrderedEpoch().getMostSignificantBits(), 0);
        Instant later = Instant.now().plusSeconds(600);
        List<UUID> jobs = Stream.generate(() -> TestJobs.enqueue(Script.SUCCEEDS, later)).limit(3).toList();
        for (UUID job : jobs) {
            execute("update job set state = 'queued', due_at = null where id = ?", job);
            execute("delete from outbox where ? = any(jobs)", job);
        }

        Outbox.Page first = outbox.publishAgain("scripted", Instant.now().plusSeconds(60), before, 2);
        Outbox.Page second = outbox.publishAgain("scripted", Instant.now().plusSeconds(60), first.last(), 2);
        Outbox.Page third = outbox.publishAgain("scripted", Instant.now().plusSeconds(60), second.last(), 2);

        assertThat(List.of(first.forgotten(), second.forgotten())).containsExactly(2, 1);
        assertThat(third.last()).isNull();
        jobs.forEach(job -> TestJobs.await(job, JobState.COMPLETED));
    }

    private void makeDue(UUID job) throws SQLException {
        execute("update outbox set publish_at = now() where ? = any(jobs)", job);
    }

    private void execute(String sql, UUID job) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, job);
            statement.executeUpdate();
        }
    }

    private long entriesOf(List<UUID> jobs) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement count = connection
                        .prepareStatement("select count(*) from outbox where jobs && ?::uuid[]")) {
            count.setArray(1, connection.createArrayOf("uuid", jobs.toArray()));
            try (ResultSet row = count.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /** They take seconds to read; here they are not committed, so that nobody else takes them. */
    @Test
    void ofLargeJobsALeaseReadsNoMoreThanItTakes() throws SQLException {
        try (Connection connection = TestDatabase.connect();
                PreparedStatement insert = connection.prepareStatement(LARGE)) {
            connection.setAutoCommit(false);
            for (int i = 0; i < 10; i++) {
                insert.executeUpdate();
            }
            Outbox.Lease lease = Outbox.lease(connection, 1_000, Duration.ofSeconds(30));

            assertThat(lease.entries()).hasSizeBetween(8, 10);
            assertThat(lease.more()).isTrue();
            connection.rollback();
        }
    }

    private boolean isInOutbox(UUID job) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement select = connection
                        .prepareStatement("select 1 from outbox where ? = any(jobs)")) {
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
