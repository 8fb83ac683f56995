package dev.offstage.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.testing.OffstageResource;

@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class StatementTimeoutIT {

    @Inject
    AgroalDataSource dataSource;

    @Test
    void aStatementThatTakesTooLongEndsInPostgresqlAndItsConnectionIsGoodForMore() throws SQLException {
        try (Connection connection = dataSource.getConnection(); Statement statement = connection.createStatement()) {
            Throwable failure = catchThrowable(() -> statement.execute("select pg_sleep(60)"));

            assertThat(failure).hasMessageContaining("statement timeout");
            assertThat(PostgresqlGone.isCauseOf(failure)).isTrue();
            assertThat(oneFrom(statement)).isEqualTo(1);
        }
    }

    private static int oneFrom(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("select 1")) {
            row.next();
            return row.getInt(1);
        }
    }
}
