package dev.offstage.job;

import java.util.List;

/**
 * Jobs, and what follows them: one job that runs when all of them are done, one that runs when the first of them is dead, or both.
 *
 * @param jobs at least one
 * @param then runs when all of them are completed or cancelled; a dead letter among them holds it up until it is redriven or
 *        discarded. Null for nothing
 * @param onDead runs once, when the first of them is dead, whatever becomes of that one and of the others; is cancelled if all of them
 *        end otherwise. Null for nothing
 */
public record JobBatch(List<NewJob> jobs, NewJob then, NewJob onDead) {

    /** @throws IllegalArgumentException if there are no jobs, or nothing follows, or what does has a time or a unique key of its own */
    public JobBatch {
        jobs = List.copyOf(jobs);
        if (jobs.isEmpty()) {
            throw new IllegalArgumentException(
                    "A batch needs at least one job: without any, enqueue the last one alone.");
        }
        if (then == null && onDead == null) {
            throw new IllegalArgumentException("Nothing follows this batch: enqueue its jobs without one.");
        }
        follower(then);
        follower(onDead);
    }

    /**
     * Jobs, and one that runs when all of them are done.
     *
     * @throws IllegalArgumentException if there are no jobs, or the last one has a time or a unique key of its own
     */
    public JobBatch(List<NewJob> jobs, NewJob then) {
        this(jobs, then, null);
    }

    /**
     * A job that can follow a batch.
     *
     * @param job null for none
     * @throws IllegalArgumentException if it has a time or a unique key of its own
     */
    public static NewJob follower(NewJob job) {
        if (job != null && (job.runAt() != null || job.uniqueKey() != null)) {
            throw new IllegalArgumentException(
                    "The job that runs after a batch can have neither a time nor a unique key of its own: leave them out.");
        }
        return job;
    }

    /** The jobs that follow: one or two. */
    public List<NewJob> followers() {
        return then == null ? List.of(onDead) : onDead == null ? List.of(then) : List.of(then, onDead);
    }
}
