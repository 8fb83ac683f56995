package dev.offstage.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.exceptionsorter.PostgreSQLExceptionSorter;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;

import dev.offstage.testing.OffstageResource;

import javax.net.SocketFactory;

/** An error in the midst of an answer of PostgreSQL, which a pool of one connection would hand on to the next user. */
class GuardedConnectionIT {

    /** Reads to the next error count down here; negative for none. */
    private static final AtomicInteger READS_TO_ERROR = new AtomicInteger(-1);
    private static volatile Error error;

    /** Its sockets fail in the midst of an answer, as the driver does when it has no memory for a value. */
    public static final class FailingSockets extends SocketFactory {

        @Override
        public Socket createSocket() {
            return new Socket() {
                @Override
                public InputStream getInputStream() throws IOException {
                    return new FilterInputStream(super.getInputStream()) {
                        @Override
                        public int read(byte[] bytes, int offset, int length) throws IOException {
                            if (READS_TO_ERROR.getAndUpdate(reads -> Math.max(-1, reads - 1)) == 0) {
                                throw error;
                            }
                            return super.read(bytes, offset, length);
                        }
                    };
                }
            };
        }

        @Override
        public Socket createSocket(String host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(InetAddress host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
            throw new UnsupportedOperationException();
        }
    }

    private static final int ROWS = 5_000;
    private static final int READS = 3;

    /** Of a PostgreSQL that other tests have, too. */
    private final Map<String, String> settings = new OffstageResource().start();

    static Stream<Error> errors() {
        return Stream.of(new OutOfMemoryError("of the test"), new StackOverflowError("of the test"));
    }

    @ParameterizedTest
    @MethodSource("errors")
    void theNextUserGetsItsOwnAnswer(Error kind) throws SQLException {
        error = kind;
        try (AgroalDataSource pool = poolOfOne(GuardedDriver.class)) {
            for (boolean transaction : new boolean[]{false, true}) {
                assertThatThrownBy(() -> breakOff(pool, transaction)).isInstanceOf(SQLException.class)
                        .hasRootCause(kind);
                for (int i = 0; i < ROWS; i += 1_000) {
                    assertThat(echo(pool, i)).isEqualTo(i);
                }
            }
        }
    }

    /** Why it is needed: what the error left unread is the next user's. */
    @Test
    void theDriverByItselfHandsTheRestOn() throws SQLException {
        error = new StackOverflowError("of the test");
        try (AgroalDataSource pool = poolOfOne(org.postgresql.Driver.class)) {
            assertThatThrownBy(() -> breakOff(pool, false)).isSameAs(error);

            assertThatThrownBy(() -> echo(pool, 1)).isInstanceOf(SQLException.class);
        }
    }

    private static void breakOff(AgroalDataSource pool, boolean transaction) throws SQLException {
        try (Connection connection = pool.getConnection(); Statement statement = connection.createStatement()) {
            connection.setAutoCommit(!transaction);
            READS_TO_ERROR.set(READS);
            statement.executeQuery("select i, repeat('a', 1000) from generate_series(1, %d) as i".formatted(ROWS));
        } finally {
            READS_TO_ERROR.set(-1);
        }
    }

    private static int echo(AgroalDataSource pool, int number) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement select = connection.prepareStatement("select ?::int")) {
            select.setInt(1, number);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        }
    }

    private AgroalDataSource poolOfOne(Class<? extends Driver> driver) throws SQLException {
        return AgroalDataSource
                .from(new AgroalDataSourceConfigurationSupplier().connectionPoolConfiguration(pool -> pool
                        .maxSize(1)
                        .exceptionSorter(new PostgreSQLExceptionSorter())
                        .connectionFactoryConfiguration(factory -> factory.connectionProviderClass(driver)
                                .jdbcUrl(settings.get("quarkus.datasource.jdbc.url"))
                                .principal(new NamePrincipal(settings.get("quarkus.datasource.username")))
                                .credential(
                                        new SimplePassword(settings.getOrDefault("quarkus.datasource.password", "")))
                                .jdbcProperty("socketFactory", FailingSockets.class.getName()))));
    }
}
