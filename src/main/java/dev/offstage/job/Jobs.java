package dev.offstage.job;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.transaction.Transactional;

import io.agroal.api.AgroalDataSource;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.f4b6a3.uuid.UuidCreator;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;

/** Where jobs begin. */
@ApplicationScoped
public class Jobs {

    private static final String INSERT = """
            insert into job (id, type, key, payload, state, attempt, created_at, due_at, publish_at, traceparent)
            select id, type, key, payload, state, 1, created_at, due_at, publish_at, traceparent
            from unnest(?::uuid[], ?::text[], ?::text[], ?::jsonb[], ?::text[],
                        ?::timestamptz[], ?::timestamptz[], ?::timestamptz[], ?::text[])
                as n (id, type, key, payload, state, created_at, due_at, publish_at, traceparent)
            """;

    private final AgroalDataSource dataSource;
    private final JobTypes types;
    private final ObjectMapper json;
    private final Event<JobsEnqueued> enqueued;
    private final Clock clock;
    private final OffstageConfig config;

    Jobs(AgroalDataSource dataSource, JobTypes types, ObjectMapper json, Event<JobsEnqueued> enqueued, Clock clock,
            OffstageConfig config) {
        this.dataSource = dataSource;
        this.types = types;
        this.json = json;
        this.enqueued = enqueued;
        this.clock = clock;
        this.config = config;
    }

    /**
     * Enqueues the jobs in the running transaction, or in one of their own if none runs. They are published after the
     * commit; if the transaction rolls back there never were any.
     *
     * @return the jobs, in the order given
     * @throws IllegalArgumentException if a type is unknown, or a payload is too large or not what its type's handler
     *         reads
     */
    @Transactional
    public List<OutboxJob> enqueue(List<NewJob> newJobs) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        String trace = TraceParent.create();
        List<OutboxJob> jobs = newJobs.stream().map(job -> outboxJob(job, now, trace)).toList();
        insert(jobs, newJobs, now);
        enqueued.fire(new JobsEnqueued(jobs));
        return jobs;
    }

    private OutboxJob outboxJob(NewJob job, Instant now, String trace) {
        boolean later = job.runAt() != null && job.runAt().isAfter(now);
        return new OutboxJob(UuidCreator.getTimeOrderedEpochPlus1(), job.type(), job.key(), payload(job), 1,
                later ? JobState.SCHEDULED : JobState.QUEUED, now, trace, null, null);
    }

    private String payload(NewJob job) {
        JobType<?> type = types.get(job.type()).type();
        try {
            String payload = json.writeValueAsString(job.payload());
            json.readValue(payload, type.payload());
            if (Delivery.isTooLarge(payload)) {
                throw new IllegalArgumentException("The payload for the job type " + job.type()
                        + " is larger than 1 MiB: keep it elsewhere and put its address into the payload.");
            }
            return payload;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "The payload does not fit the job type " + job.type() + ": " + e.getOriginalMessage(), e);
        }
    }

    private void insert(List<OutboxJob> jobs, List<NewJob> newJobs, Instant now) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement insert = connection.prepareStatement(INSERT)) {
            SqlArrays arrays = new SqlArrays(insert);
            arrays.add("uuid", jobs, OutboxJob::id);
            arrays.add("text", jobs, OutboxJob::type);
            arrays.add("text", jobs, OutboxJob::key);
            arrays.add("jsonb", jobs, OutboxJob::payload);
            arrays.add("text", jobs, job -> job.state().label());
            arrays.add("timestamptz", jobs, OutboxJob::createdAt);
            arrays.add("timestamptz", newJobs, NewJob::runAt);
            List<Instant> publishAt = new ArrayList<>();
            for (int i = 0; i < jobs.size(); i++) {
                publishAt.add(publishAt(jobs.get(i), newJobs.get(i), now));
            }
            arrays.add("timestamptz", publishAt, Function.identity());
            arrays.add("text", jobs, OutboxJob::traceparent);
            insert.executeUpdate();
        } catch (SQLException e) {
            throw new StorageException("The jobs could not be stored.", e);
        }
    }

    /** Where this process is a relay it publishes right after the commit; the sweep looks only after what that missed. */
    private Instant publishAt(OutboxJob job, NewJob newJob, Instant now) {
        if (job.state() == JobState.SCHEDULED) {
            return newJob.runAt();
        }
        return config.has(Role.RELAY) && !job.isLarge() ? now.plus(config.relay().sweepAfter()) : now;
    }
}
