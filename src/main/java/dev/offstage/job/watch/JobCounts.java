package dev.offstage.job.watch;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.StartupEvent;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.job.JobState;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.PeriodicTask;
import dev.offstage.storage.Poll;
import dev.offstage.storage.StorageException;

/**
 * How many jobs of each type are in each state. Triggers note what every statement changes, in its transaction; a relay adds
 * the notes up once a second, so that there are never many.
 */
@Singleton
public class JobCounts {

    private static final Duration ADD_UP_EVERY = Duration.ofSeconds(1);
    private static final String READ = """
            select type, state, sum(jobs) from (select * from job_count union all select * from job_count_change) as counts
            group by type, state
            """;
    /** So many notes at most, for there may be millions of them after hours without a relay. */
    private static final String ADD_UP = """
            with changes as (
                delete from job_count_change where ctid = any(array(select ctid from job_count_change limit 50000))
                returning *
            )
            insert into job_count select type, state, sum(jobs) from changes group by type, state order by type, state
            on conflict (type, state) do update set jobs = job_count.jobs + excluded.jobs
            """;

    private final AgroalDataSource dataSource;
    private final boolean addsUp;
    private final PeriodicTask addingUp;
    private final Poll poll;

    JobCounts(AgroalDataSource dataSource, OffstageConfig config, Dependencies dependencies, Poll poll) {
        this.poll = poll;
        this.dataSource = dataSource;
        this.addsUp = config.has(Role.RELAY);
        this.addingUp = new PeriodicTask("counts", ADD_UP_EVERY, dataSource, dependencies.postgresql(),
                JobCounts::addUp);
    }

    void start(@Observes StartupEvent event) {
        if (addsUp) {
            addingUp.startWhen(poll, "exists (select from job_count_change)");
        }
    }

    private static void addUp(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.executeUpdate(ADD_UP);
        }
    }

    /**
     * As of now; what there are none of is 0 or missing.
     *
     * @throws StorageException if PostgreSQL does not say
     */
    public Map<String, Map<JobState, Long>> byType() {
        try (Connection connection = dataSource.getConnection()) {
            return byType(connection);
        } catch (SQLException e) {
            throw new StorageException("The jobs could not be counted.", e);
        }
    }

    Map<String, Map<JobState, Long>> byType(Connection connection) throws SQLException {
        Map<String, Map<JobState, Long>> counts = new TreeMap<>();
        try (var statement = connection.createStatement(); var rows = statement.executeQuery(READ)) {
            while (rows.next()) {
                counts.computeIfAbsent(rows.getString(1), type -> new EnumMap<>(JobState.class))
                        .put(JobState.of(rows.getString(2)).orElseThrow(), rows.getLong(3));
            }
        }
        return counts;
    }

    /** As of now, of all types. */
    long of(JobState state) {
        return byType().values().stream().mapToLong(counts -> counts.getOrDefault(state, 0L)).sum();
    }

    @PreDestroy
    void close() {
        addingUp.close();
    }
}
