package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.StartupEvent;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.PeriodicTask;
import dev.offstage.storage.SqlArrays;

/** Writes down how far running jobs are, all of them with one statement. */
@Singleton
class JobProgress {

    private record Done(long done, long total) {}

    private static final Duration WRITE_EVERY = Duration.ofMillis(500);
    private static final String WRITE = """
            insert into job_progress (job_id, done, total, reported_at)
            select r.id, r.done, r.total, now() from unnest(?::uuid[], ?::int8[], ?::int8[]) as r (id, done, total)
            join job using (id) order by r.id
            on conflict (job_id) do update set done = excluded.done, total = excluded.total, reported_at = excluded.reported_at
            """;

    private final Map<UUID, Done> latest = new ConcurrentHashMap<>();
    private final boolean works;
    private final PeriodicTask writing;

    JobProgress(AgroalDataSource dataSource, OffstageConfig config, Dependencies dependencies) {
        this.works = config.has(Role.WORKER);
        this.writing = new PeriodicTask("progress", WRITE_EVERY, dataSource, dependencies.postgresql(), this::write);
    }

    void start(@Observes StartupEvent event) {
        if (works) {
            writing.start();
        }
    }

    void report(UUID jobId, long done, long total) {
        latest.put(jobId, new Done(done, total));
    }

    /** What could not be written is told anew by the next report. */
    private void write(Connection connection) throws SQLException {
        List<Map.Entry<UUID, Done>> reports = List.copyOf(latest.entrySet());
        if (reports.isEmpty()) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(WRITE)) {
            SqlArrays arrays = new SqlArrays(statement);
            arrays.add("uuid", reports, Map.Entry::getKey);
            arrays.add("int8", reports, report -> report.getValue().done);
            arrays.add("int8", reports, report -> report.getValue().total);
            statement.executeUpdate();
        }
        reports.forEach(report -> latest.remove(report.getKey(), report.getValue()));
    }

    @PreDestroy
    void close() {
        writing.close();
    }
}
