package dev.offstage.task.cohorts;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

import jakarta.inject.Inject;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;

import dev.offstage.job.JobState;
import dev.offstage.task.cohorts.SignupStatistics.Day;
import dev.offstage.task.cohorts.SignupStatistics.Domain;
import dev.offstage.task.cohorts.SignupStatistics.Outcome;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.TestDatabase;
import dev.offstage.testing.TestJobs;

/** The statistics, compared with what plain queries count of users and jobs of the year 2019. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class CohortsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final LocalDate FIRST = LocalDate.of(2019, 1, 1);
    private static final LocalDate LAST = LocalDate.of(2019, 12, 31);

    /** One every 97 minutes, many of them close to midnight in some other time zone. */
    private static final String INSERT_USERS = """
            insert into app_user (id, email, email_key, name, created_at)
            select gen_random_uuid(), address, address, 'Ada', timestamptz '2019-01-01 00:00:00Z' + i * interval '97 minutes'
            from (select i, 'cohort-' || i || '@' || case when i %% 2 = 0 then 'even' else 'odd-' || i %% 5 end || '.cohorts.example'
                      as address
                  from generate_series(0, %d) as i) as users
            """;
    /** Some end seven days after they were made to the second, some a second later. */
    private static final String INSERT_JOBS = """
            insert into job (id, type, key, payload, state, attempt, created_at, finished_at, due_at)
            select gen_random_uuid(), 'past-' || i % 3, 'cohort', '{}',
                   (array['completed', 'dead', 'cancelled', 'scheduled'])[1 + i % 4], 1,
                   timestamptz '2019-03-01 00:00:00Z' + i * interval '67 minutes',
                   case when i % 4 < 3 then timestamptz '2019-03-01 00:00:00Z' + i * interval '67 minutes'
                                            + interval '7 days' + (i % 5 - 3) * interval '1 second' end,
                   case when i % 4 = 3 then timestamptz '2999-01-01 00:00:00Z' end
            from generate_series(0, 1999) as i
            """;
    private static final String WAITING_JOB = """
            insert into job (id, type, key, payload, state, attempt, created_at, due_at)
            values ('%s', 'past-0', 'cohort', '{}', 'scheduled', 1, now(), now() + interval '1 year')
            """;

    @Inject
    AgroalDataSource dataSource;

    @Inject
    StatisticsComputation computation;

    @Inject
    FinishedStatistics finished;

    private void makeThePast() throws SQLException {
        execute(INSERT_USERS.formatted(2_999), INSERT_JOBS);
    }

    @AfterEach
    void removeThePast() throws SQLException {
        execute("delete from app_user where email like 'cohort-%.cohorts.example'",
                "delete from job where key = 'cohort' and type like 'past-_'");
    }

    @Test
    void aJobComputesWhatPlainQueriesCount() throws SQLException {
        makeThePast();
        TestJobs.await(enqueue(), JobState.COMPLETED);

        assertFiguresAreRight();
        operator().get("/statistics?from=2019-01-02&to=2019-01-02")
                .then()
                .statusCode(200)
                .body("users", equalTo((int) number("select count(*) from app_user")))
                .body("byDay", equalTo(List.of(Map.of("day", "2019-01-02", "users", 15, "total", 30))))
                .body("outcomes", equalTo(List.of()));
        operator().get("/statistics?from=2019-03-01&to=2019-03-01")
                .then()
                .body("outcomes.find { it.type == 'past-0' }.day", equalTo("2019-03-01"));
    }

    @Test
    void whatWasCountedOfJobsOutlivesThem() throws Exception {
        makeThePast();
        computation.run(UUID.randomUUID(), (done, total) -> {});
        List<Outcome> counted = finished.between(FIRST, LAST).orElseThrow().outcomes();
        execute("delete from job where key = 'cohort' and type <> 'past-1' and created_at < '2019-04-01'");

        computation.run(UUID.randomUUID(), (done, total) -> {});

        assertThat(finished.between(FIRST, LAST).orElseThrow().outcomes()).hasSizeGreaterThan(200).isEqualTo(counted);
    }

    @Test
    void anInterruptedRunGoesOnWhereItWasAndCountsNothingTwice() throws Exception {
        makeThePast();
        UUID job = UUID.randomUUID();
        AtomicLong reached = new AtomicLong();
        assertThatThrownBy(() -> computation.run(job, (done, total) -> {
            reached.set(done);
            if (done >= 1_500) {
                Thread.currentThread().interrupt();
            }
        })).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();

        List<Long> second = new ArrayList<>();
        StatisticsComputation.Result result = computation.run(job, (done, total) -> {
            assertThat(total).isGreaterThanOrEqualTo(done);
            second.add(done);
        });

        assertThat(reached).hasValue(1_500);
        assertThat(second.get(0)).isGreaterThan(1_500);
        assertThat(second).isSorted().endsWith(result.users() + result.jobs());
        assertThat(result.users()).isEqualTo(number("select count(*) from app_user"));
        assertFiguresAreRight();
    }

    @Test
    void aChunkThatFailsLeavesNoTrace() throws Exception {
        makeThePast();
        UUID job = UUID.randomUUID();
        execute("alter table statistics_outcome add constraint broken check (day < date '2019-03-20') not valid");
        try {
            assertThatThrownBy(() -> computation.run(job, (done, total) -> {}))
                    .hasMessageContaining("could not be added");
        } finally {
            execute("alter table statistics_outcome drop constraint broken");
        }

        computation.run(job, (done, total) -> {});

        assertFiguresAreRight();
    }

    @Test
    void runsAtOnceDoNotDisturbEachOther() throws Exception {
        makeThePast();
        UUID one = UUID.randomUUID();
        UUID other = UUID.randomUUID();
        execute(WAITING_JOB.formatted(one), WAITING_JOB.formatted(other));

        List<StatisticsComputation.Result> results = atOnce(one, other, other); // as if two workers had the same job

        long users = number("select count(*) from app_user");
        assertThat(results).allMatch(result -> result.users() == users);
        assertFiguresAreRight();
        assertThat(number("select count(*) from statistics_run")).as("runs that are kept").isOne();
        assertThat(number("select count(distinct run_id) from statistics_domain")).isOne();
    }

    private List<StatisticsComputation.Result> atOnce(UUID... jobs) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(jobs.length);
        try {
            List<Callable<StatisticsComputation.Result>> runs = new ArrayList<>();
            for (UUID job : jobs) {
                runs.add(() -> computation.run(job, (done, total) -> {}));
            }
            List<StatisticsComputation.Result> results = new ArrayList<>();
            for (Future<StatisticsComputation.Result> run : threads.invokeAll(runs)) {
                results.add(run.get());
            }
            return results;
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void aJobThatRunsIsCancelledWithinASecond() throws SQLException {
        execute(INSERT_USERS.formatted(39_999));
        UUID job = enqueue();
        String read = "select coalesce(sum(users), 0) from statistics_run where job_id = '" + job + "'";
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> number(read) > 0);

        operator().post("/jobs/" + job + "/cancel").then().statusCode(200);

        Awaitility.await()
                .atMost(Duration.ofSeconds(1))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> TestJobs.find(job).state == JobState.CANCELLED);
        AtomicLong position = new AtomicLong(-1);
        Awaitility.await()
                .alias("the position stands still")
                .atMost(Duration.ofSeconds(1))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> position.getAndSet(number(read)) == position.get());
        assertThat(position.get()).isBetween(50L, 39_999L);
    }

    @Test
    void beforeTheFirstRunTheAnswerSaysHowToMakeOne() throws SQLException {
        execute("truncate statistics_run, statistics_day, statistics_domain, statistics_outcome");

        operator().get("/statistics")
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("detail", containsString("POST /jobs {\"type\":\"cohorts\",\"payload\":{}}"));
        given().get("/statistics").then().statusCode(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"from=yesterday", "to=2026-02-30", "from=+99999-01-01", "from=2026-02-01&to=2026-01-31"})
    void daysThatCannotBeMeantAreRefused(String query) {
        operator().get("/statistics?" + query)
                .then()
                .statusCode(400)
                .body("violations.size()", equalTo(1));
    }

    private void assertFiguresAreRight() throws SQLException {
        SignupStatistics statistics = finished.between(FIRST, LAST).orElseThrow();

        assertThat(statistics.byDay()).hasSizeGreaterThan(200)
                .isEqualTo(
                        list("""
                                select day, users, (select count(*) from app_user where created_at < (day + 1) at time zone 'UTC')
                                from (select (created_at at time zone 'UTC')::date as day, count(*) as users from app_user group by 1) as days
                                where day between '2019-01-01' and '2019-12-31' order by day
                                """,
                                row -> new Day(row.getObject(1, LocalDate.class), row.getLong(2), row.getLong(3))));
        assertThat(statistics.byDomain()).hasSizeLessThanOrEqualTo(100).containsAll(list("""
                select substring(email_key from '@(.*)$'), count(*) from app_user
                where email like 'cohort-%.cohorts.example' group by 1
                """, row -> new Domain(row.getString(1), row.getLong(2))));
        assertThat(statistics.byDomain()).extracting(Domain::users).isSortedAccordingTo((a, b) -> Long.compare(b, a));
        assertThat(statistics.outcomes()).hasSizeGreaterThan(200)
                .isEqualTo(list("""
                        select day, type, count(*), sum(case when state = 'completed' and soon then 1 else 0 end),
                               sum(case when state = 'dead' and soon then 1 else 0 end),
                               sum(case when state = 'cancelled' and soon then 1 else 0 end),
                               sum(case when coalesce(soon, false) then 0 else 1 end)
                        from (select (created_at at time zone 'UTC')::date as day, type, state,
                                     extract(epoch from finished_at - created_at) <= 604800 as soon from job) as jobs
                        where day between '2019-01-01' and '2019-12-31' group by day, type order by day, type
                        """, row -> new Outcome(row.getObject(1, LocalDate.class), row.getString(2), row.getLong(3),
                        row.getLong(4), row.getLong(5), row.getLong(6), row.getLong(7))));
        assertThat(statistics.outcomes()).anyMatch(outcome -> outcome.open() > 0 && outcome.completed() > 0
                && outcome.dead() > 0 && outcome.cancelled() > 0);
    }

    private interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> List<T> list(String sql, Row<T> row) throws SQLException {
        List<T> all = new ArrayList<>();
        try (Connection connection = dataSource.getConnection();
                var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                all.add(row.read(rows));
            }
        }
        return all;
    }

    private long number(String sql) throws SQLException {
        return list(sql, row -> row.getLong(1)).get(0);
    }

    private void execute(String... statements) throws SQLException {
        try (Connection connection = TestDatabase.connect(); var statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static UUID enqueue() {
        ValidatableResponse answer = operator().contentType(ContentType.JSON)
                .body(Map.of("type", "cohorts", "payload", Map.of()))
                .post("/jobs")
                .then()
                .statusCode(201);
        return UUID.fromString(answer.extract().path("id"));
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", OffstageResource.PASSWORD);
    }
}
