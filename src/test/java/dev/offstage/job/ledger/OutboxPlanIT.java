package dev.offstage.job.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import jakarta.inject.Inject;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.testing.OffstageResource;

@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class OutboxPlanIT {

    static final List<String> statements = List.of(Outbox.DUE, Outbox.SIZES, Outbox.LEASE, Outbox.QUEUE, Outbox.READ,
            Outbox.PUBLISHED, Outbox.RETURN, Outbox.FORGOTTEN);

    @Inject
    AgroalDataSource dataSource;

    /** The tables of the tests are as good as empty: a plan made now must also do for a million jobs. */
    @ParameterizedTest
    @FieldSource("statements")
    void aPlanForAnEmptyTableLooksForRowsOnceAndByAnIndex(String statement) throws SQLException {
        String plan = plan(statement);

        assertThat(plan).doesNotContain("Seq Scan on job ");
    }

    private String plan(String statement) throws SQLException {
        String parameters = String.join(", ", Collections.nCopies(statement.split("\\?", -1).length - 1, "null"));
        List<String> lines = new ArrayList<>();
        try (Connection connection = dataSource.getConnection(); Statement sql = connection.createStatement()) {
            sql.execute("set plan_cache_mode = force_generic_plan");
            sql.execute("prepare planned as " + withNumbers(statement));
            try (ResultSet plan = sql.executeQuery("explain execute planned(" + parameters + ")")) {
                while (plan.next()) {
                    lines.add(plan.getString(1));
                }
            } finally {
                sql.execute("deallocate planned");
                sql.execute("reset plan_cache_mode");
            }
        }
        return String.join("\n", lines);
    }

    /** The parameters as PostgreSQL knows them. */
    private static String withNumbers(String statement) {
        String numbered = statement;
        for (int i = 1; numbered.contains("?"); i++) {
            numbered = numbered.replaceFirst("\\?", "\\$" + i);
        }
        return numbered;
    }
}
