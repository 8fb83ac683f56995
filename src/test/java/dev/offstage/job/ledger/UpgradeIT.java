package dev.offstage.job.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

import org.eclipse.microprofile.config.ConfigProvider;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.storage.Transaction;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.TestDatabase;

/** A database of an earlier release, with its jobs, becomes one of this release. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class UpgradeIT {

    private static final String DATABASE = "upgraded";

    /** Of those before HOT updates. */
    private static final String EARLIER = "29";

    private static final String JOBS = """
            insert into job (id, type, key, payload, state, attempt, created_at, due_at, started_at, finished_at, publish_at,
                             worker, published_at, unique_key)
            select uuidv7(-interval '1 day'), 'mail', 'key-' || n, '{}', state, 1, now(),
                   case when state in ('scheduled', 'retrying') then now() + interval '1 hour' end, null,
                   case when state in ('completed', 'dead', 'cancelled') then now() end,
                   case when kind.outbox then now() + interval '1 hour' end,
                   case when state = 'running' then '00000000-0000-7000-8000-000000000001'::uuid end,
                   case when state = 'queued' and not kind.outbox then now() end, 'unique-' || state || kind.outbox || n
            from (values ('completed', %d, false), ('dead', 300, false), ('dead', 20, true), ('cancelled', 50, false),
                         ('scheduled', 40, true), ('scheduled', 5, false), ('retrying', 30, true), ('queued', 200, false),
                         ('queued', 70, true), ('running', 16, false)) as kind (state, jobs, outbox)
                 cross join lateral generate_series(1, kind.jobs) as n
            """;
    private static final int COMPLETED = 200_000;

    private String url;

    @BeforeEach
    void anEarlierRelease() throws SQLException {
        execute("drop database if exists " + DATABASE, "create database " + DATABASE);
        String ours = setting("quarkus.datasource.jdbc.url");
        url = ours.replaceFirst("(//[^/]+/)[^?]*", "$1" + DATABASE);
        flyway(EARLIER).migrate();
        try (Connection connection = connect(); Statement statement = connection.createStatement()) {
            statement.execute(JOBS.formatted(COMPLETED));
        }
    }

    @AfterEach
    void drop() throws SQLException {
        execute("drop database " + DATABASE);
    }

    @Test
    void openJobsAreFoundByTheirStatesAfterwards() throws SQLException {
        long start = System.nanoTime();

        flyway("latest").migrate();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
        assertThat(counts("select 'letters', count(*) from outbox where dead_letters")).containsEntry("letters", 20L);
        assertThat(counts("select 'jobs', count(*) from outbox cross join unnest(jobs) where not dead_letters"))
                .containsEntry("jobs", 140L);
        assertThat(counts(
                "select 'jobs', count(*) from claim cross join unnest(jobs) as held (job_id) join job on job.id = job_id"
                        + " where state = 'running' and job.worker = claim.worker"))
                .containsEntry("jobs", 16L);
        assertThat(counts("select state, count(*) from listed_job group by state"))
                .isEqualTo(Map.of("dead", 320L, "cancelled", 50L, "scheduled", 45L, "retrying", 30L));
        assertThat(counts("select 'keys', count(*) from unique_job join job on job.id = job_id"
                + " where job.unique_key = unique_job.unique_key")).containsEntry("keys", 361L);
        assertThat(counts("select state, sum(jobs) from job_count_change group by state")).containsEntry("completed",
                (long) COMPLETED);
    }

    /** PostgreSQL knows by then how large the tables are, and must not take that for a reason to read all of them. */
    @Test
    void aSweepLooksForItsJobsByTheirIds() throws SQLException {
        flyway("latest").migrate();
        try (Connection connection = connect(); Statement statement = connection.createStatement()) {
            statement.execute("""
                    insert into outbox (id, publish_at, jobs)
                    select gen_random_uuid(), to_timestamp(0), array_agg(id)
                    from (select id, row_number() over (order by id) / 100 as part from job) as jobs group by part
                    """);
            statement.execute("analyze");
            statement.execute("update job set state = 'queued' where state = 'completed'");
            statement.execute("analyze");
            statement.execute("set plan_cache_mode = force_generic_plan");
            statement.execute("set statement_timeout = '500ms'");

            Outbox.Lease lease = Transaction.run(connection,
                    () -> Outbox.lease(connection, 1_000, Duration.ofSeconds(30)));

            assertThat(lease.entries().stream().mapToInt(entry -> entry.jobs().size()).sum())
                    .isBetween(Outbox.MOST_JOBS - 400, Outbox.MOST_JOBS + 100);
            assertThat(lease.more()).isTrue();
        }
    }

    private Flyway flyway(String target) {
        return Flyway.configure()
                .dataSource(url, setting("quarkus.datasource.username"), setting("quarkus.datasource.password"))
                .locations("classpath:db/migration")
                .target(target)
                .load();
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(url, setting("quarkus.datasource.username"),
                setting("quarkus.datasource.password"));
    }

    private Map<String, Long> counts(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            Map<String, Long> counts = new TreeMap<>();
            while (rows.next()) {
                counts.put(rows.getString(1), rows.getLong(2));
            }
            return counts;
        }
    }

    private static void execute(String... statements) throws SQLException {
        try (Connection connection = TestDatabase.connect(); Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static String setting(String name) {
        return ConfigProvider.getConfig().getValue(name, String.class);
    }
}
