package dev.offstage.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;
import org.postgresql.jdbc.PgConnection;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.testing.OffstageResource;

/** The pool of the service has none but guarded connections. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class GuardedDataSourceIT {

    @Inject
    AgroalDataSource dataSource;

    @Test
    void allConnectionsAreGuarded() throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            assertThat(connection.unwrap(PgConnection.class)).isInstanceOf(GuardedConnection.class);
        }
    }
}
