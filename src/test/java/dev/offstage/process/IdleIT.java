package dev.offstage.process;

import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;

import dev.offstage.testing.OffstageProcess;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.RareTypes;

/** What a process that has nothing to do asks of PostgreSQL. */
class IdleIT {

    private static final int MOST_A_SECOND = 8;
    private static final Duration WINDOW = Duration.ofSeconds(5);
    /** The start has statements of its own, and so has what other tests left. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String COUNT = """
            select coalesce(sum(calls), 0) from pg_stat_statements where query not like '%pg_stat_statements%'
            """;

    /** How many statements PostgreSQL had executed, and when. */
    private record Count(long statements, long nanos) {

        double perSecond(Count before) {
            return (statements - before.statements) * 1e9 / (nanos - before.nanos);
        }
    }

    @Test
    void anIdleProcessSendsAtMostEightStatementsASecond() throws Exception {
        Map<String, String> settings = new HashMap<>(new OffstageResource().start());
        settings.putAll(RareTypes.settings());
        settings.put("offstage.relay.sweep-every", "250ms"); // as delivered
        try (OffstageProcess process = new OffstageProcess("idle", settings).awaitReady();
                Connection connection = DriverManager.getConnection(settings.get("quarkus.datasource.jdbc.url"),
                        settings.get("quarkus.datasource.username"), settings.get("quarkus.datasource.password"));
                Statement statement = connection.createStatement()) {
            statement.execute("create extension if not exists pg_stat_statements");
            Count[] before = {count(statement)};
            await("a window of " + WINDOW.toSeconds() + " s with at most " + MOST_A_SECOND + " statements a second")
                    .atMost(PATIENCE)
                    .pollDelay(WINDOW)
                    .pollInterval(WINDOW)
                    .until(() -> {
                        Count now = count(statement);
                        double rate = now.perSecond(before[0]);
                        System.out.printf("An idle process sends %.1f statements a second%n", rate);
                        before[0] = now;
                        return process.process().isAlive() && rate <= MOST_A_SECOND;
                    });
        }
    }

    private static Count count(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery(COUNT)) {
            row.next();
            return new Count(row.getLong(1), System.nanoTime());
        }
    }
}
