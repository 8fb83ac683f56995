package dev.offstage.schedule;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import org.jboss.logging.Logger;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.StartupEvent;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.job.JobTypes;
import dev.offstage.job.ledger.JobStore;
import dev.offstage.job.ledger.OutboxJob;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.PeriodicTask;
import dev.offstage.storage.Poll;
import dev.offstage.storage.Transaction;

/**
 * Enqueues the jobs of schedules that are due. The job, and that its fire time is past, are one transaction: however many
 * schedulers there are, and whenever one is killed, each fire time has one job. Of fire times that were missed, because no
 * scheduler ran or PostgreSQL was gone, the last one has a job, as soon as can be, and those before it have none.
 */
@Singleton
class Scheduler {

    private static final Logger LOG = Logger.getLogger(Scheduler.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private final Schedules schedules;
    private final ScheduleTable table;
    private final JobStore jobs;
    private final List<String> types;
    private final Clock clock;
    private final boolean works;
    private final PeriodicTask looking;

    /** By schedule: the fire time for which the log says already that it could not. */
    private final Map<String, Instant> refused = new HashMap<>();
    private final Poll poll;
    private boolean loaded;

    Scheduler(Schedules schedules, ScheduleTable table, JobStore jobs, JobTypes types, Clock clock,
            OffstageConfig config,
            AgroalDataSource dataSource, Dependencies dependencies, Poll poll) {
        this.poll = poll;
        this.schedules = schedules;
        this.table = table;
        this.jobs = jobs;
        this.types = types.all().stream().<String>map(JobTypes.Entry::name).toList();
        this.clock = clock;
        this.works = config.has(Role.SCHEDULER);
        this.looking = new PeriodicTask("schedules", LOOK_EVERY, dataSource, dependencies.postgresql(), this::look);
    }

    void start(@Observes StartupEvent event) {
        if (works) {
            looking.startWhen(poll, "exists (select from schedule where next_at <= now())");
        }
    }

    private void look(Connection connection) throws SQLException {
        if (!loaded) {
            schedules.load(connection);
            loaded = true;
        }
        fireDue(connection);
    }

    /** What is of a type that this process does not know is left to a newer process that does. */
    void fireDue(Connection connection) throws SQLException {
        Set<String> seen = new HashSet<>();
        while (fireNext(connection, seen)) {
            // the one that has been due longest after that follows at once
        }
    }

    /** @return false if none but those that were seen are due, or others have them */
    private boolean fireNext(Connection connection, Set<String> seen) throws SQLException {
        List<OutboxJob> fired = new ArrayList<>();
        boolean found = Transaction.run(connection, () -> {
            Instant now = clock.instant();
            Optional<Schedule> due = table.takeDue(connection, now, types, seen);
            if (due.isPresent()) {
                seen.add(due.get().name());
                fired.addAll(fire(connection, due.get(), now));
            }
            return due.isPresent();
        });
        if (!fired.isEmpty()) {
            jobs.committed(fired);
        }
        return found;
    }

    private List<OutboxJob> fire(Connection connection, Schedule schedule, Instant now) throws SQLException {
        Instant time = schedule.definition().last(schedule.nextAt(), now);
        List<OutboxJob> job;
        try {
            job = jobs.prepare(List.of(Definitions.job(schedule.name(), schedule.definition(), time)));
        } catch (IllegalArgumentException e) {
            if (!schedule.nextAt().equals(refused.put(schedule.name(), schedule.nextAt()))) {
                LOG.errorf("The schedule %s is due and cannot enqueue its job: change its payload, or delete it. %s",
                        schedule.name(), e.getMessage());
            }
            return List.of();
        }
        jobs.insert(connection, job);
        table.fired(connection, schedule.name(), job.get(0).id(), time, schedule.definition().next(now).orElse(null));
        return job;
    }

    @PreDestroy
    void close() {
        looking.close();
    }
}
