package dev.offstage.job;

import java.util.List;

/**
 * What became of a batch.
 *
 * @param jobs in their order
 * @param then the job that waits until all others are done; null for none
 * @param onDead the job that waits until one of them is dead; null for none
 */
public record EnqueuedBatch(List<Enqueued> jobs, Enqueued then, Enqueued onDead) {

    public EnqueuedBatch {
        jobs = List.copyOf(jobs);
    }
}
