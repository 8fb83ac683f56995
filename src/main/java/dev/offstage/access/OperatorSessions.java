package dev.offstage.access;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;

import dev.offstage.config.OffstageConfig;
import dev.offstage.storage.StorageException;

/**
 * Who is logged in, the same for all processes: each request looks it up, so that a log-out holds everywhere at once. All of it
 * talks to PostgreSQL and is nothing for an event loop.
 *
 * <p>The secret is changed every ten minutes. Say a page asks three things at once when it is time: the first gets a new secret, the
 * other two came with the old one and are served as well. The old one counts for as long as the browser may not have the new one,
 * and a minute longer. Of two that would change it at once, one does: the other finds another secret in the row.
 */
@Singleton
class OperatorSessions {

    /**
     * A session that holds.
     *
     * @param id the same from the log-in to the end
     * @param changed what the browser has to send from now on; null if that is what it sent
     */
    record Session(UUID id, String operator, SessionSecret changed) {}

    private record Found(UUID id, String operator, boolean arriving, boolean seenLongAgo, boolean due) {}

    private static final String BEGIN = """
            insert into operator_session (id, operator, token, password) values (gen_random_uuid(), ?, ?, ?)
            """;
    private static final String FIND = """
            select id, operator, token = ? and arrived_at is null, seen_at < now() - interval '1 minute',
                changed_at < now() - interval '10 minutes' from operator_session
            where (token = ? or previous = ? and (arrived_at is null or arrived_at > now() - interval '1 minute'))
            and password = ? and created_at > now() - ? * interval '1 second'
            and seen_at > now() - ? * interval '1 second'
            """;
    private static final String SEEN = """
            update operator_session set seen_at = now(),
            arrived_at = case when token = ? then coalesce(arrived_at, now()) else arrived_at end where id = ?
            """;
    private static final String CHANGE = """
            update operator_session set previous = ?, token = ?, changed_at = now(), arrived_at = null, seen_at = now()
            where id = ? and changed_at < now() - interval '10 minutes'
            """;
    private static final String GOES_ON = """
            select 1 from operator_session where id = ? and password = ? and created_at > now() - ? * interval '1 second'
            and seen_at > now() - ? * interval '1 second'
            """;
    private static final String END = "delete from operator_session where token = ? or previous = ?";
    private static final String END_ALL = """
            delete from operator_session where operator in (select operator from operator_session where token = ? or previous = ?)
            """;
    private static final String FORGET = """
            delete from operator_session where created_at < now() - ? * interval '1 second'
            or seen_at < now() - ? * interval '1 second'
            """;

    private final AgroalDataSource dataSource;
    private final PasswordMark password;
    private final long idle;
    private final long max;

    OperatorSessions(AgroalDataSource dataSource, PasswordMark password, OffstageConfig config) {
        this.dataSource = dataSource;
        this.password = password;
        this.idle = seconds(config.operator().sessionIdle());
        this.max = seconds(config.operator().sessionMax());
    }

    private static long seconds(Duration duration) {
        return Math.max(1, duration.toSeconds());
    }

    /** @throws StorageException if it cannot be kept now */
    SessionSecret begin(String operator) {
        SessionSecret secret = SessionSecret.random();
        try (Connection connection = dataSource.getConnection()) {
            execute(connection, FORGET, max, idle);
            execute(connection, BEGIN, operator, secret.digest(), password.get(connection));
            return secret;
        } catch (SQLException e) {
            throw new StorageException("The session could not be kept.", e);
        }
    }

    /**
     * Empty if there is no such session, or not any more.
     *
     * @throws StorageException if that cannot be told now
     */
    Optional<Session> find(SessionSecret secret) {
        byte[] digest = secret.digest();
        try (Connection connection = dataSource.getConnection()) {
            Optional<Found> found = find(connection, digest);
            return found.isEmpty() ? Optional.empty() : Optional.of(renewed(connection, found.get(), digest));
        } catch (SQLException e) {
            throw new StorageException("The session could not be looked up.", e);
        }
    }

    private Optional<Found> find(Connection connection, byte[] digest) throws SQLException {
        try (PreparedStatement statement = prepared(connection, FIND, digest, digest, digest, password.get(connection),
                max,
                idle); ResultSet rows = statement.executeQuery()) {
            return rows.next()
                    ? Optional.of(new Found(rows.getObject(1, UUID.class), rows.getString(2), rows.getBoolean(3),
                            rows.getBoolean(4), rows.getBoolean(5)))
                    : Optional.empty();
        }
    }

    private static Session renewed(Connection connection, Found found, byte[] digest) throws SQLException {
        if (found.due) {
            SessionSecret next = SessionSecret.random();
            if (execute(connection, CHANGE, digest, next.digest(), found.id) == 1) {
                return new Session(found.id, found.operator, next);
            }
        } else if (found.arriving || found.seenLongAgo) {
            execute(connection, SEEN, digest, found.id);
        }
        return new Session(found.id, found.operator, null);
    }

    /**
     * Whether it has not ended; does not keep it alive.
     *
     * @throws StorageException if that cannot be told now
     */
    boolean goesOn(UUID session) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = prepared(connection, GOES_ON, session, password.get(connection), max,
                        idle);
                ResultSet rows = statement.executeQuery()) {
            return rows.next();
        } catch (SQLException e) {
            throw new StorageException("The session could not be looked up.", e);
        }
    }

    /** Ends this session, or all of its operator. */
    void end(SessionSecret secret, boolean everywhere) {
        try (Connection connection = dataSource.getConnection()) {
            execute(connection, everywhere ? END_ALL : END, secret.digest(), secret.digest());
        } catch (SQLException e) {
            throw new StorageException("The session could not be ended.", e);
        }
    }

    private static int execute(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepared(connection, sql, parameters)) {
            return statement.executeUpdate();
        }
    }

    private static PreparedStatement prepared(Connection connection, String sql, Object... parameters)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }
}
