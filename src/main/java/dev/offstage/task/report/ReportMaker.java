package dev.offstage.task.report;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;

import dev.offstage.job.PermanentFailure;
import dev.offstage.storage.StorageException;

/** Makes reports: from PostgreSQL, page by page, into a temporary file, and from there into PostgreSQL. */
@Singleton
public class ReportMaker {

    /** Is told how many sign-ups are in the report, and how many there are. */
    public interface Progress {
        void report(long done, long total);
    }

    /** How many sign-ups a report may have; as many fill 20,000 pages. */
    private static final long MOST_SIGNUPS = 1_000_000;
    private static final int ETAG_BYTES = 16;

    private final AgroalDataSource dataSource;
    private final StoredReports reports;
    private final Clock clock;

    ReportMaker(AgroalDataSource dataSource, StoredReports reports, Clock clock) {
        this.dataSource = dataSource;
        this.reports = reports;
        this.clock = clock;
    }

    /**
     * Makes the report of a job and stores it. What an earlier attempt has stored is left as it is.
     *
     * @throws PermanentFailure if more signed up in the period than a report can hold
     * @throws StorageException if PostgreSQL does not give or take what is needed
     * @throws IOException if the temporary file cannot be written
     * @throws InterruptedException within a fraction of a second after an interrupt; then nothing is stored
     */
    public Report make(UUID job, Period period, Progress progress) throws IOException, InterruptedException {
        Optional<Report> made = reports.find(job);
        if (made.isPresent()) {
            return made.get();
        }
        Path pdf = Files.createTempFile("offstage-report-", ".pdf");
        try {
            Report report = write(job, period, pdf, progress);
            reports.store(report, pdf);
            return report;
        } finally {
            Files.delete(pdf);
        }
    }

    private Report write(UUID job, Period period, Path pdf, Progress progress)
            throws IOException, InterruptedException {
        MessageDigest digest = sha256();
        SignupReport document;
        long signUps;
        try (Connection connection = dataSource.getConnection();
                SignupSnapshot snapshot = new SignupSnapshot(connection, period);
                OutputStream out = new DigestOutputStream(new BufferedOutputStream(Files.newOutputStream(pdf)),
                        digest)) {
            DailySignups counted = bounded(snapshot.count());
            signUps = counted.total();
            document = new SignupReport(out, counted);
            long done = 0;
            for (List<Signup> some = snapshot.next(); !some.isEmpty(); some = snapshot.next()) {
                some.forEach(document::add);
                done += some.size();
                progress.report(done, signUps);
            }
            document.finish();
        } catch (SQLException e) {
            throw new StorageException("The sign-ups could not be read.", e);
        }
        return new Report(job, period, signUps, document.pages(), Files.size(pdf),
                HexFormat.of().formatHex(digest.digest(), 0, ETAG_BYTES),
                clock.instant().truncatedTo(ChronoUnit.MILLIS));
    }

    private static DailySignups bounded(DailySignups counted) {
        if (counted.total() > MOST_SIGNUPS) {
            throw new PermanentFailure(
                    "From %s %,d people signed up, and a report holds %,d at the most: enqueue reports of shorter periods."
                            .formatted(counted.period(), counted.total(), MOST_SIGNUPS));
        }
        return counted;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
