package dev.offstage.job.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

import jakarta.enterprise.context.ApplicationScoped;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.f4b6a3.uuid.UuidCreator;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.job.JobBatch;
import dev.offstage.job.JobState;
import dev.offstage.job.JobType;
import dev.offstage.job.JobTypes;
import dev.offstage.job.Jobs;
import dev.offstage.job.NewJob;

/** Makes of new jobs what can be stored: checks their payloads, and gives them ids and times. */
@ApplicationScoped
class JobPreparation {

    private final JobTypes types;
    private final ObjectMapper json;
    private final Clock clock;
    private final boolean relaysHere;
    private final Duration sweepAfter;

    JobPreparation(JobTypes types, ObjectMapper json, Clock clock, OffstageConfig config) {
        this.types = types;
        this.json = json;
        this.clock = clock;
        this.relaysHere = config.has(Role.RELAY);
        this.sweepAfter = config.relay().sweepAfter();
    }

    /** @throws IllegalArgumentException as {@link Jobs#enqueue(List)} */
    List<OutboxJob> prepare(List<NewJob> newJobs) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        String trace = TraceParent.current();
        return OutboxEntry.share(newJobs.stream().map(job -> outboxJob(job, now, trace)).toList());
    }

    /** @throws IllegalArgumentException as {@link Jobs#enqueue(List)} */
    PreparedJobs prepare(JobBatch batch) {
        return new PreparedJobs(batch.jobs(), prepare(batch.jobs()), held(batch.then()), held(batch.onDead()));
    }

    private OutboxJob held(NewJob job) {
        return job == null ? null : prepare(List.of(job)).get(0).held();
    }

    private OutboxJob outboxJob(NewJob job, Instant now, String trace) {
        boolean later = job.runAt() != null && job.runAt().isAfter(now);
        String payload = payload(job);
        return new OutboxJob(UuidCreator.getTimeOrderedEpochPlus1(), job.type(), job.key(), payload, 1,
                later ? JobState.SCHEDULED : JobState.QUEUED, now,
                later ? job.runAt().truncatedTo(ChronoUnit.MICROS) : publishAt(now, payload), null, trace, null,
                null);
    }

    private String payload(NewJob job) {
        JobType<?> type = types.get(job.type()).type();
        try {
            String payload = json.writeValueAsString(job.payload());
            type.read(json, payload);
            if (!Text.isWellFormed(payload)) {
                throw new IllegalArgumentException("The payload for the job type " + job.type()
                        + " holds half a surrogate pair, which is no character: remove it.");
            }
            if (Delivery.isTooDeep(payload)) {
                throw new IllegalArgumentException("The payload for the job type " + job.type()
                        + " is nested deeper than " + Delivery.DEEPEST_PAYLOAD + " levels: make it flatter.");
            }
            if (Delivery.isTooLarge(payload)) {
                throw new IllegalArgumentException("The payload for the job type " + job.type()
                        + " is larger than 1 MiB: keep it elsewhere and put its address into the payload.");
            }
            return payload;
        } catch (JsonProcessingException e) {
            // What a payload's constructor says is meant for people; what Jackson says of it is not.
            String reason = e.getCause() instanceof IllegalArgumentException refusal
                    ? refusal.getMessage()
                    : e.getOriginalMessage();
            throw new IllegalArgumentException("The payload does not fit the job type " + job.type() + ": " + reason,
                    e);
        }
    }

    /** Where this process is a relay it publishes right after the commit; the sweep looks only after what that missed. */
    private Instant publishAt(Instant now, String payload) {
        return relaysHere && !OutboxJob.isLarge(payload) ? now.plus(sweepAfter) : now;
    }
}
