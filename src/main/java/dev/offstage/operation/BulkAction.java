package dev.offstage.operation;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

import dev.offstage.job.ledger.Intervention;
import dev.offstage.job.watch.JobFilter;

/**
 * Something that an operator wants done with all jobs of a filter that were there when it was asked for.
 *
 * @param after all matching jobs from this one on are done; they are done from the newest to the oldest
 * @param expected how many jobs matched when it was asked for; null if there were too many to count
 * @param done how many jobs it was done to
 * @param finishedAt null while there may be more
 */
public record BulkAction(UUID id, Intervention action, JobFilter filter, String operator, Instant createdAt, UUID after,
        Long expected, long done, Instant finishedAt) {

    public boolean finished() {
        return finishedAt != null;
    }

    /** From when it was asked for until it was done; null while there may be more. */
    public Duration took() {
        return finishedAt == null ? null : Duration.between(createdAt, finishedAt);
    }
}
