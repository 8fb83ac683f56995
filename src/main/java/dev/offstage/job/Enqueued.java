package dev.offstage.job;

import java.util.UUID;

/**
 * What became of a job that was to be enqueued.
 *
 * @param id of the new job, or of the one that has its unique key already
 * @param isNew false if there was one
 */
public record Enqueued(UUID id, String type, JobState state, boolean isNew) {

    static Enqueued anew(OutboxJob job) {
        return new Enqueued(job.id(), job.type(), job.state(), true);
    }
}
