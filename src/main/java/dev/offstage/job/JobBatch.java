package dev.offstage.job;

import java.util.List;

/**
 * Jobs, and one that runs when all of them are done: completed or cancelled. A dead letter among them holds it up until it
 * is redriven or discarded.
 *
 * @param jobs at least one
 * @param then what runs after them
 */
public record JobBatch(List<NewJob> jobs, NewJob then) {

    /** @throws IllegalArgumentException if there are no jobs, or the last one has a time or a unique key of its own */
    public JobBatch {
        jobs = List.copyOf(jobs);
        if (jobs.isEmpty()) {
            throw new IllegalArgumentException(
                    "A batch needs at least one job: without any, enqueue the last one alone.");
        }
        if (then.runAt() != null || then.uniqueKey() != null) {
            throw new IllegalArgumentException(
                    "The job that runs after a batch can have neither a time nor a unique key of its own: leave them out.");
        }
    }
}
