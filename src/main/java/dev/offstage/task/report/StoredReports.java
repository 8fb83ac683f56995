package dev.offstage.task.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.Optional;
import java.util.UUID;

import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;

import dev.offstage.storage.SqlInstants;
import dev.offstage.storage.StorageException;
import dev.offstage.storage.Transaction;

/** The reports that have been made, in PostgreSQL, in parts. */
@Singleton
public class StoredReports {

    private static final int PART = 1 << 20;
    private static final String INSERT = """
            insert into report (id, first_day, last_day, sign_ups, pages, bytes, etag, created_at)
            values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing
            """;
    private static final String INSERT_PART = "insert into report_part (report_id, part, content) values (?, ?, ?)";
    private static final String FIND = """
            select first_day, last_day, sign_ups, pages, bytes, etag, created_at from report where id = ?
            """;
    private static final String FIND_PART = "select content from report_part where report_id = ? and part = ?";

    private final AgroalDataSource dataSource;

    StoredReports(AgroalDataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** Stores all of a report, or, where another attempt was faster, nothing. */
    void store(Report report, Path pdf) throws IOException, InterruptedException {
        try (Connection connection = dataSource.getConnection();
                Transaction transaction = Transaction.begin(connection);
                InputStream in = Files.newInputStream(pdf)) {
            if (insert(connection, report)) {
                storeParts(connection, report.id(), in);
            }
            transaction.commit();
        } catch (SQLException e) {
            throw new StorageException("The report could not be stored.", e);
        }
    }

    private static boolean insert(Connection connection, Report report) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            insert.setObject(1, report.id());
            insert.setObject(2, report.period().from());
            insert.setObject(3, report.period().to());
            insert.setLong(4, report.signUps());
            insert.setLong(5, report.pages());
            insert.setLong(6, report.bytes());
            insert.setString(7, report.etag());
            SqlInstants.set(insert, 8, report.createdAt());
            return insert.executeUpdate() == 1;
        }
    }

    private static void storeParts(Connection connection, UUID report, InputStream in)
            throws SQLException, IOException, InterruptedException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT_PART)) {
            byte[] content = in.readNBytes(PART);
            for (int part = 0; content.length > 0; part++) {
                Interrupts.check();
                insert.setObject(1, report);
                insert.setInt(2, part);
                insert.setBytes(3, content);
                insert.executeUpdate();
                content = in.readNBytes(PART);
            }
        }
    }

    /** @throws StorageException if PostgreSQL does not say */
    public Optional<Report> find(UUID id) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement find = connection.prepareStatement(FIND)) {
            find.setObject(1, id);
            try (ResultSet row = find.executeQuery()) {
                return row.next() ? Optional.of(report(id, row)) : Optional.empty();
            }
        } catch (SQLException e) {
            throw new StorageException("The report could not be read.", e);
        }
    }

    private static Report report(UUID id, ResultSet row) throws SQLException {
        Period period = new Period(row.getObject(1, LocalDate.class), row.getObject(2, LocalDate.class));
        return new Report(id, period, row.getLong(3), row.getLong(4), row.getLong(5), row.getString(6),
                SqlInstants.get(row, 7));
    }

    /**
     * Writes a report's PDF part by part, and holds no connection to PostgreSQL while a slow reader takes a part.
     *
     * @throws IOException if it cannot be written, or was deleted meanwhile
     * @throws StorageException if PostgreSQL does not give it
     */
    public void write(Report report, OutputStream out) throws IOException {
        for (int part = 0; (long) part * PART < report.bytes(); part++) {
            out.write(part(report.id(), part));
        }
    }

    private byte[] part(UUID report, int part) throws IOException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement find = connection.prepareStatement(FIND_PART)) {
            find.setObject(1, report);
            find.setInt(2, part);
            try (ResultSet row = find.executeQuery()) {
                if (!row.next()) {
                    throw new IOException("The report " + report + " was deleted while it was being read.");
                }
                return row.getBytes(1);
            }
        } catch (SQLException e) {
            throw new StorageException("The report could not be read.", e);
        }
    }
}
