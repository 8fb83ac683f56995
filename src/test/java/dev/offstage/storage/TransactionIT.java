package dev.offstage.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.testing.OffstageResource;

@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class TransactionIT {

    private static final String INSERT = "insert into transaction_test values (1)";

    @Inject
    AgroalDataSource dataSource;

    @BeforeEach
    void createTable() throws SQLException {
        execute("create table transaction_test (number int)");
    }

    @AfterEach
    void dropTable() throws SQLException {
        execute("drop table transaction_test");
    }

    @Test
    void whatWasDoneIsCommitted() throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            int done = Transaction.run(connection, () -> update(connection, INSERT));

            assertThat(done).isEqualTo(1);
            assertThat(connection.getAutoCommit()).isTrue();
        }
        assertThat(rows()).isEqualTo(1);
    }

    @Test
    void whatFailedIsRolledBack() throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            assertThatThrownBy(() -> Transaction.run(connection, () -> {
                update(connection, INSERT);
                throw new IllegalStateException("failed");
            })).hasMessage("failed");

            assertThat(connection.getAutoCommit()).isTrue();
        }
        assertThat(rows()).isZero();
    }

    @Test
    void whatIsNotCommittedByTheEndIsRolledBack() throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            try (Transaction transaction = Transaction.begin(connection)) {
                update(transaction.connection(), INSERT);
                transaction.commit();
            }
            try (Transaction transaction = Transaction.begin(connection)) {
                update(transaction.connection(), INSERT);
            }
            assertThat(connection.getAutoCommit()).isTrue();
        }
        assertThat(rows()).isEqualTo(1);
    }

    @Test
    void aSnapshotStaysAsItIsAndTheNextTransactionDoesNot() throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            try (Transaction snapshot = Transaction.snapshot(connection)) {
                int before = rows(snapshot.connection());
                execute(INSERT);

                assertThat(before).isZero();
                assertThat(rows(snapshot.connection())).isZero();
            }
            assertThat(connection.getAutoCommit()).isTrue();
            assertThat(rows(connection)).isEqualTo(1);
        }
    }

    @Test
    void aSnapshotIsForReadingOnlyAndTheNextTransactionIsNot() throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            try (Transaction snapshot = Transaction.snapshot(connection)) {
                assertThatThrownBy(() -> update(snapshot.connection(), INSERT)).isInstanceOf(SQLException.class)
                        .hasMessageContaining("read-only");
            }
            assertThat(update(connection, INSERT)).isEqualTo(1);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            update(connection, sql);
        }
    }

    private static int update(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
        }
    }

    private int rows() throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            return rows(connection);
        }
    }

    private static int rows(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select count(*) from transaction_test")) {
            row.next();
            return row.getInt(1);
        }
    }
}
