package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.StartupEvent;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.PeriodicTask;
import dev.offstage.storage.Poll;

/** Tells the lanes of this process which jobs an operator wants to end. */
@Singleton
public class Cancellations {

    /** These jobs, if they run here, are to end. It is said again until they have. */
    public record Asked(Set<UUID> jobs) {}

    private static final Duration LOOK_EVERY = Duration.ofMillis(250);
    /** Also those whose attempt has ended by itself, or with its worker, before it was interrupted. */
    private static final String END = """
            with ended as (
                update job set state = 'cancelled', due_at = null, finished_at = now()
                from cancellation
                where job.id = cancellation.job_id and job.state in ('scheduled', 'queued', 'retrying')
            )
            delete from cancellation where not exists (
                select from job where job.id = cancellation.job_id and job.state = 'running')
            """;
    private static final String READ = "select job_id from cancellation";

    private final Event<Asked> asked;
    private final boolean looks;
    private final PeriodicTask looking;
    private final Poll poll;

    Cancellations(AgroalDataSource dataSource, Event<Asked> asked, OffstageConfig config, Dependencies dependencies,
            Poll poll) {
        this.poll = poll;
        this.asked = asked;
        this.looks = config.has(Role.WORKER) || config.has(Role.RELAY);
        this.looking = new PeriodicTask("cancellations", LOOK_EVERY, dataSource, dependencies.postgresql(), this::look);
    }

    void start(@Observes StartupEvent event) {
        if (looks) {
            looking.startWhen(poll, "exists (select from cancellation)");
        }
    }

    private void look(Connection connection) throws SQLException {
        Set<UUID> jobs = new HashSet<>();
        try (var statement = connection.createStatement(); var rows = statement.executeQuery(READ)) {
            while (rows.next()) {
                jobs.add(rows.getObject(1, UUID.class));
            }
        }
        if (!jobs.isEmpty()) {
            asked.fire(new Asked(jobs));
            try (var statement = connection.createStatement()) {
                statement.executeUpdate(END);
            }
        }
    }

    @PreDestroy
    void close() {
        looking.close();
    }
}
