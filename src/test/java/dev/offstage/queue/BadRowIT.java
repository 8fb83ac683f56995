package dev.offstage.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.JobState;
import dev.offstage.job.NewJob;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

/** A row that PostgreSQL refuses to change, as it refuses a damaged one, stops no other job, and its job ends once it is mended. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class BadRowIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Inject
    AgroalDataSource dataSource;

    @AfterEach
    void mend() throws Exception {
        execute("drop trigger if exists damage on job");
        execute("drop function if exists damage");
        execute("drop sequence if exists refusals");
    }

    @Test
    void invariant10AJobThatCannotBeClaimedStopsNoOther() throws Exception {
        String key = damage("new.state = 'running'");
        UUID bad = enqueue(key);
        awaitRefusals(3);
        List<UUID> good = IntStream.range(0, 20).mapToObj(i -> enqueue("good-" + key)).toList();

        good.forEach(job -> TestJobs.await(job, JobState.COMPLETED));
        assertThat(TestJobs.find(bad).state).isEqualTo(JobState.QUEUED);

        mend();
        TestJobs.await(bad, JobState.COMPLETED);
        assertThat(ScriptedHandler.runs(bad)).hasSize(1);
    }

    @Test
    void anEndThatCannotBeStoredIsToldAgainAndTheHandlerDoesNotRunAgain() throws Exception {
        String key = damage("new.state in ('completed', 'dead', 'queued')");
        execute("drop trigger damage on job"); // the job has to run first
        String gate = UUID.randomUUID().toString();
        UUID bad = TestJobs.enqueue(List.of(new NewJob("scripted", Script.waitsFor(gate), key))).get(0);
        TestJobs.awaitRuns(bad, 1);
        execute(trigger());

        ScriptedHandler.open(gate);
        awaitRefusals(4); // three of the completion, and one of the death that it leads to
        UUID good = enqueue("good-" + key);
        TestJobs.await(good, JobState.COMPLETED);
        assertThat(TestJobs.find(bad).state).isEqualTo(JobState.RUNNING);

        mend();
        await().atMost(LIMIT).until(() -> TestJobs.find(bad).state == JobState.DEAD);
        assertThat(ScriptedHandler.runs(bad)).hasSize(1);
        assertThat(TestJobs.failures(bad)).singleElement()
                .extracting(failure -> failure.errorMessage)
                .asString()
                .startsWith("The job was done, but PostgreSQL cannot hold");
    }

    @Test
    void aJobOfADeadWorkerThatCannotGoBackHoldsUpNoOther() throws Exception {
        String key = damage("new.state = 'queued' and old.state = 'running'");
        Instant later = Instant.now().plusSeconds(3_600);
        List<UUID> jobs = TestJobs.enqueue(List.of(new NewJob("scripted", Script.SUCCEEDS, key, later, null),
                new NewJob("scripted", Script.SUCCEEDS, "good-" + key, later, null)));
        execute("""
                with job as (
                    update job set state = 'running', worker = '%s', started_at = now(), due_at = null
                    where id in ('%s', '%s') returning id, worker
                )
                insert into claim (worker, jobs) select worker, array_agg(id) from job group by worker
                """.formatted(UUID.randomUUID(), jobs.get(0), jobs.get(1)));

        TestJobs.await(jobs.get(1), JobState.COMPLETED);
        assertThat(TestJobs.find(jobs.get(0)).state).isEqualTo(JobState.RUNNING);

        mend();
        TestJobs.await(jobs.get(0), JobState.COMPLETED);
    }

    private static UUID enqueue(String key) {
        return TestJobs.enqueue(List.of(new NewJob("scripted", Script.SUCCEEDS, key))).get(0);
    }

    /** From now on jobs with the key that is returned cannot be changed so. */
    private String damage(String change) throws Exception {
        String key = UUID.randomUUID().toString();
        execute("drop sequence if exists refusals");
        execute("create sequence refusals"); // which counts on when a transaction is rolled back
        execute("""
                create or replace function damage() returns trigger language plpgsql as $$
                begin
                    if new.key = '%s' and %s then
                        perform nextval('refusals');
                        raise exception 'missing chunk number 0 for toast value 4711' using errcode = 'XX001';
                    end if;
                    return new;
                end $$
                """.formatted(key, change));
        execute(trigger());
        return key;
    }

    private static String trigger() {
        return "create trigger damage before update on job for each row execute function damage()";
    }

    private void awaitRefusals(long wanted) {
        await().atMost(LIMIT).until(() -> {
            try (Connection connection = dataSource.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("select last_value, is_called from refusals")) {
                row.next();
                return row.getBoolean(2) && row.getLong(1) >= wanted;
            }
        });
    }

    private void execute(String sql) throws Exception {
        try (Connection connection = dataSource.getConnection(); Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
