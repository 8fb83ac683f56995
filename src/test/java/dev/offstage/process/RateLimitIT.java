package dev.offstage.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.offstage.testing.Installation;
import dev.offstage.testing.OffstageProcess;

/** A rate limit holds across all workers, and is used up. */
@Tag("nightly")
class RateLimitIT {

    private static final int PER_SECOND = 100;
    private static final int SECONDS = 10;
    private static final int JOBS = 2_000;
    private static final int WITH_A_CALL = 1_000;
    private static final String STARTS = "from job where type = 'analytics-sync' and started_at is not null";

    private static final String ALL = "select count(*) " + STARTS;
    private static final String TIME = "select coalesce(extract(epoch from max(started_at) - min(started_at)), 0) "
            + STARTS;

    /** The machine may stop a worker for a moment: of all the ten seconds that there are, those in which it did not. */
    private static final String MOST_IN_TEN_SECONDS = "select max(starts) from (select count(*) over "
            + "(order by started_at range between current row and interval '10 s' following) as starts " + STARTS
            + " and started_at >= (select min(started_at) + interval '2 s' from job where type = 'analytics-sync')"
            + ") as windows";

    @Test
    void aHundredASecondFromTwoWorkersAreNotMoreAndHardlyLess() throws Exception {
        Map<String, String> settings = Map.of("offstage.jobs.analytics-sync.rate-limit", PER_SECOND + "/s",
                "offstage.lanes", "analytics-sync");
        try (Installation installation = new Installation("rate-limit", settings)) {
            OffstageProcess one = installation.start("rate-limit-1");
            installation.start("rate-limit-2");
            for (int i = 0; i < JOBS / WITH_A_CALL; i++) {
                assertThat(one.postJson("/jobs/bulk", jobs(i * WITH_A_CALL), Installation.PASSWORD).statusCode())
                        .isEqualTo(201);
            }
            Set<String> workers = new HashSet<>();
            try (Connection connection = installation.connection();
                    Statement statement = connection.createStatement()) {
                await().atMost(Duration.ofSeconds(SECONDS + 30)).pollInterval(Duration.ofMillis(20)).until(() -> {
                    running(statement, workers);
                    return number(statement, TIME) > SECONDS + 8;
                });
                report(statement);
                assertThat(number(statement, ALL)).isLessThanOrEqualTo(PER_SECOND * (number(statement, TIME) + 1));
                assertThat(number(statement, MOST_IN_TEN_SECONDS)).isGreaterThanOrEqualTo(0.95 * PER_SECOND * SECONDS);
            }
            assertThat(workers).hasSize(2);
        }
    }

    private static String jobs(int first) {
        return IntStream.range(first, first + WITH_A_CALL)
                .mapToObj(
                        """
                                {"type":"analytics-sync","key":"user-%1$d","payload":{"userId":"01a3b2c4-0000-7000-8000-000000000000",
                                "email":"user-%1$d@example.com","name":"User %1$d","signedUpAt":"2026-01-31T03:00:00Z"}}"""::formatted)
                .collect(Collectors.joining(",", "{\"jobs\":[", "]}"));
    }

    private static void running(Statement statement, Set<String> workers) throws SQLException {
        try (ResultSet rows = statement.executeQuery("select worker from job where worker is not null")) {
            while (rows.next()) {
                workers.add(rows.getString(1));
            }
        }
    }

    private static double number(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getDouble(1);
        }
    }

    private static void report(Statement statement) throws SQLException, IOException {
        String bySecond = "select count(*) as starts, row_number() over (order by date_trunc('second', started_at)) as second "
                + STARTS + " group by date_trunc('second', started_at)";
        String within = "from (" + bySecond + ") as seconds where second between 3 and 12";
        String line = "100/s, two workers, 10 s: %.0f starts in all, %.0f to %.0f in a second".formatted(
                number(statement, "select sum(starts) " + within), number(statement, "select min(starts) " + within),
                number(statement, "select max(starts) " + within));
        System.out.println(line);
        Files.writeString(Path.of("target", "rate-limit.txt"), line + System.lineSeparator());
    }
}
