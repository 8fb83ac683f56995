package dev.offstage.job.ledger;

import java.time.Instant;
import java.util.UUID;

import dev.offstage.job.Enqueued;
import dev.offstage.job.JobState;

/**
 * A committed job on its way to Kafka.
 *
 * @param payload JSON
 * @param attempt the attempt that the record is for
 * @param state {@code queued} and {@code retrying} go to the job's topic, {@code dead} to the dead letters, {@code scheduled} waits
 * @param publishAt when the sweep is to look after it; null while it waits for other jobs
 * @param entry the row of the outbox that it stands in, with others perhaps; null while it waits for other jobs
 * @param traceparent W3C trace context of the request or attempt that enqueued the job; null for none
 * @param lastFailure of a dead job, else null
 * @param origin where a dead job's last attempt was read from, as topic-partition@offset; null if that is not known any more
 */
public record OutboxJob(UUID id, String type, String key, String payload, int attempt, JobState state,
        Instant createdAt, Instant publishAt, UUID entry, String traceparent, Failure lastFailure, String origin) {

    private static final int LARGE = 8 * 1024;

    /** The same in another row of the outbox. */
    public OutboxJob inEntry(UUID other) {
        return new OutboxJob(id, type, key, payload, attempt, state, createdAt, publishAt, other, traceparent,
                lastFailure, origin);
    }

    /** Due at no time, until the jobs that it waits for are done. */
    OutboxJob held() {
        return new OutboxJob(id, type, key, payload, attempt, JobState.SCHEDULED, createdAt, null, null, traceparent,
                null, null);
    }

    /** The answer to the caller that enqueued it. */
    Enqueued enqueued() {
        return new Enqueued.New(id, type, key, state, createdAt, dueAt());
    }

    /** Not before; null if it is due at once. */
    public Instant dueAt() {
        return state == JobState.SCHEDULED ? publishAt : null;
    }

    /** Whether its payload is better left in PostgreSQL than kept in memory with many others. */
    public boolean isLarge() {
        return isLarge(payload);
    }

    static boolean isLarge(String payload) {
        return payload.length() > LARGE;
    }
}
