package dev.offstage.task.cohorts;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;

import dev.offstage.storage.SqlInstants;
import dev.offstage.storage.StorageException;
import dev.offstage.storage.Transaction;

/** Reads the statistics of the run that finished last. */
@Singleton
public class FinishedStatistics {

    private static final int MOST_DOMAINS = 100;
    private static final String LATEST = """
            select id, started_at, users from statistics_run where finished_at is not null and job_id is not null
            order by finished_at desc, id desc limit 1
            """;
    private static final String DAYS = """
            select day, users, total
            from (select day, users, (sum(users) over (order by day))::int8 as total
                  from statistics_day where run_id = ?) as days
            where day between ? and ? order by day
            """;
    private static final String DOMAINS = """
            select domain, users from statistics_domain where run_id = ? order by users desc, domain limit ?
            """;
    private static final String OUTCOMES = """
            select day, type, completed + dead + cancelled + open, completed, dead, cancelled, open
            from statistics_outcome where run_id = ? and day between ? and ? order by day, type
            """;

    private final AgroalDataSource dataSource;

    FinishedStatistics(AgroalDataSource dataSource) {
        this.dataSource = dataSource;
    }

    /**
     * @param from the first day to list
     * @param to the last day to list
     * @return empty if no run has finished yet
     * @throws StorageException if PostgreSQL does not say
     */
    public Optional<SignupStatistics> between(LocalDate from, LocalDate to) {
        // The run may be replaced and removed while it is read.
        try (Connection connection = dataSource.getConnection();
                Transaction snapshot = Transaction.snapshot(connection)) {
            return read(snapshot.connection(), from, to);
        } catch (SQLException e) {
            throw new StorageException("The statistics could not be read.", e);
        }
    }

    private static Optional<SignupStatistics> read(Connection connection, LocalDate from, LocalDate to)
            throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet run = statement.executeQuery(LATEST)) {
            if (!run.next()) {
                return Optional.empty();
            }
            UUID id = run.getObject(1, UUID.class);
            return Optional.of(new SignupStatistics(SqlInstants.get(run, 2), run.getLong(3),
                    days(connection, id, from, to), domains(connection, id), outcomes(connection, id, from, to)));
        }
    }

    private static List<SignupStatistics.Day> days(Connection connection, UUID run, LocalDate from, LocalDate to)
            throws SQLException {
        return list(connection, DAYS,
                row -> new SignupStatistics.Day(row.getObject(1, LocalDate.class), row.getLong(2), row.getLong(3)),
                run, from, to);
    }

    private static List<SignupStatistics.Domain> domains(Connection connection, UUID run) throws SQLException {
        return list(connection, DOMAINS, row -> new SignupStatistics.Domain(row.getString(1), row.getLong(2)), run,
                MOST_DOMAINS);
    }

    private static List<SignupStatistics.Outcome> outcomes(Connection connection, UUID run, LocalDate from,
            LocalDate to) throws SQLException {
        return list(connection, OUTCOMES,
                row -> new SignupStatistics.Outcome(row.getObject(1, LocalDate.class), row.getString(2),
                        row.getLong(3), row.getLong(4), row.getLong(5), row.getLong(6), row.getLong(7)),
                run, from, to);
    }

    private interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private static <T> List<T> list(Connection connection, String sql, Row<T> row, Object... parameters)
            throws SQLException {
        List<T> all = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    all.add(row.read(rows));
                }
            }
        }
        return all;
    }
}
