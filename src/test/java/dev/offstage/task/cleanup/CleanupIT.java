package dev.offstage.task.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.config.OffstageConfig;
import dev.offstage.job.JobState;
import dev.offstage.job.NewJob;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestDatabase;
import dev.offstage.testing.TestJobs;

@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class CleanupIT {

    /** Jobs by their key: how many, their state, when they were created and when they ended. */
    private static final String JOBS = """
            insert into job (id, type, key, payload, state, attempt, created_at, due_at, started_at, finished_at)
            select case kind.key when 'foreign' then gen_random_uuid() else uuidv7(-kind.created) end, 'scripted', kind.key,
                   '{}', kind.state, 1, now() - kind.created, kind.publish, now() - kind.ended, now() - kind.ended
            from (values
                ('completed',     12000, 'completed', interval '20 days',  interval '20 days',  null::timestamptz),
                ('foreign',         100, 'completed', interval '20 days',  interval '20 days',  null),
                ('cancelled',      1900, 'cancelled', interval '20 days',  interval '20 days',  null),
                ('dead',           1000, 'dead',      interval '100 days', interval '100 days', null),
                ('young',          2000, 'completed', interval '1 day',    interval '1 day',    null),
                ('took long',       500, 'completed', interval '40 days',  interval '1 day',    null),
                ('young dead',     2000, 'dead',      interval '20 days',  interval '20 days',  null),
                ('not on its topic', 10, 'dead',      interval '100 days', interval '100 days', now() + interval '1 day'),
                ('still to come',   490, 'scheduled', interval '100 days', null,                now() + interval '1 day')
            ) as kind (key, jobs, state, created, ended, publish) cross join lateral generate_series(1, kind.jobs)
            """;
    private static final String LETTERS = """
            insert into outbox (id, publish_at, jobs, dead_letters)
            select id, now() + interval '1 day', array[id], true from job where key = 'not on its topic'
            """;
    private static final String FAILURES = """
            insert into job_failure (job_id, attempt, started_at, failed_at, error_class, error_message)
            select id, 1, started_at, finished_at, 'E', 'e' from job where state = 'dead' and type = 'scripted' and key like '%dead'
            """;
    private static final String PROGRESS = """
            insert into job_progress (job_id, done, total, reported_at) select id, 1, 1, now() from job where key = 'cancelled'
            """;
    private static final String REPORTS = """
            insert into report (id, first_day, last_day, sign_ups, pages, bytes, etag, created_at)
            select id, current_date, current_date, 1, 1, 1, 'cleanup-test', now() from job where key = 'cancelled'
            """;
    private static final String AUDIT = """
            insert into audit_entry (id, at, operator, action, target)
            select uuidv7(-age), now() - age, 'somebody', 'cleanup-test', 'nothing'
            from (values (interval '400 days'), (interval '300 days')) as entry (age)
            """;
    private static final String BUCKETS = """
            insert into rate_bucket (id, expires_at) values ('of an earlier release', null),
                ('long full', extract(epoch from now() - interval '2 hours') * 1000),
                ('to be full', extract(epoch from now() + interval '2 hours') * 1000)
            """;
    private static final String KEYS = """
            select key, count(*) from job where key in ('completed', 'foreign', 'cancelled', 'dead', 'young', 'took long',
                'young dead', 'not on its topic', 'still to come') group by key
            """;
    /** What the counts say, less what there is, in one snapshot. */
    private static final String MISCOUNTED = """
            select type, state, sum(jobs) from (select * from job_count union all select * from job_count_change
                union all select type, state, -count(*) from job group by type, state) as counts
            group by type, state having sum(jobs) <> 0
            """;
    private static final Map<String, Long> KEPT = new TreeMap<>(Map.of("young", 2_000L, "took long", 500L, "young dead",
            2_000L, "not on its topic", 10L, "still to come", 490L));

    @Inject
    AgroalDataSource dataSource;
    @Inject
    OffstageConfig config;
    @Inject
    Clock clock;

    @BeforeEach
    void makeJobs() throws SQLException {
        update(JOBS, LETTERS, FAILURES, PROGRESS, REPORTS, AUDIT, BUCKETS);
    }

    @AfterEach
    void removeTheRest() throws SQLException {
        for (String key : KEPT.keySet()) {
            update("delete from job where key = '" + key + "'");
        }
        update("delete from job where key in ('completed', 'foreign', 'cancelled', 'dead')",
                "delete from outbox where dead_letters", "delete from job_failure where error_class = 'E'",
                "delete from report where etag = 'cleanup-test'",
                "delete from job_progress where job_id not in (select id from job)",
                "delete from audit_entry where action = 'cleanup-test'",
                "delete from rate_bucket where id in ('of an earlier release', 'long full', 'to be full')");
    }

    @Test
    void whatEndedLongAgoGoesAndNothingElseWhileOtherJobsRun() throws SQLException {
        UUID cleanup = TestJobs.enqueue(List.of(new NewJob("cleanup", Map.of(), "cleanup"))).get(0);
        List<UUID> others = IntStream.range(0, 200).mapToObj(i -> TestJobs.enqueue(Script.SUCCEEDS)).toList();

        others.forEach(id -> assertThat(TestJobs.await(id, JobState.COMPLETED).attempt).isEqualTo(1));
        assertThat(TestJobs.await(cleanup, JobState.COMPLETED).attempt).isEqualTo(1);

        assertThat(numbers(KEYS)).isEqualTo(KEPT);
        assertThat(numbers(MISCOUNTED)).isEmpty();
        assertThat(numbers("select 'failures', count(*) from job_failure where error_class = 'E'"))
                .containsEntry("failures", 2_000L);
        assertThat(
                numbers("select 'progress', count(*) from job_progress left join job on id = job_id where id is null"))
                .containsEntry("progress", 0L);
        assertThat(numbers("select 'reports', count(*) from report where etag = 'cleanup-test'"))
                .containsEntry("reports", 0L);
        assertThat(numbers("select 'entries', count(*) from audit_entry where action = 'cleanup-test'"))
                .containsEntry("entries", 1L);
        assertThat(numbers("select id, 1 from rate_bucket where id like '% full' or id like 'of an %'").keySet())
                .containsExactly("to be full");
        assertThat(TestJobs.failures(cleanup)).isEmpty();
    }

    /** No foreign key removes them. Triggers look after two tables, and the runs of the statistics outlive their jobs. */
    @Test
    void whateverBelongsToAJobGoesWithIt() throws SQLException {
        assertThat(numbers("""
                select table_name, 1 from information_schema.columns where column_name = 'job_id'
                and table_name not in ('listed_job', 'unique_job', 'statistics_run')
                """).keySet()).containsExactlyInAnyOrderElementsOf(
                OldJobs.OF_JOBS.keySet().stream().filter(table -> !table.equals("report")).toList());
    }

    @Test
    void anInterruptedCleanupIsGoneOnWithByTheNext() throws SQLException {
        OldJobs interrupted = new OldJobs(dataSource, config.cleanup(), clock.instant());
        assertThat(interrupted.removeSome()).isTrue();
        assertThat(interrupted.removed()).isPositive();

        OldJobs next = new OldJobs(dataSource, config.cleanup(), clock.instant());
        while (next.removeSome()) {
            assertThat(next.seen()).isGreaterThanOrEqualTo(next.removed());
        }

        assertThat(numbers(KEYS)).isEqualTo(KEPT);
        assertThat(interrupted.removed() + next.removed()).isGreaterThanOrEqualTo(15_000);
        assertThat(numbers(MISCOUNTED)).isEmpty();
    }

    private void update(String... statements) throws SQLException {
        try (Connection connection = TestDatabase.connect(); var statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.executeUpdate(sql);
            }
        }
    }

    /** The values of the last column, by those of the other columns. */
    private Map<String, Long> numbers(String sql) throws SQLException {
        Map<String, Long> numbers = new TreeMap<>();
        try (Connection connection = dataSource.getConnection();
                var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            int columns = rows.getMetaData().getColumnCount();
            while (rows.next()) {
                String key = columns == 2 ? rows.getString(1) : rows.getString(1) + " " + rows.getString(2);
                numbers.put(key, rows.getLong(columns));
            }
        }
        return numbers;
    }
}
