package dev.offstage.job;

import java.util.List;

import dev.offstage.storage.StorageException;

/**
 * Where jobs begin: inject it to enqueue them.
 *
 * <p>Where a transaction runs, the jobs are part of it. They are published after its commit, and if it rolls back there never were any.
 * Where none runs, all jobs of a call are committed when it returns, or none.
 */
public interface Jobs {

    /**
     * Enqueues jobs.
     *
     * <p>A job whose unique key an open job of its type has is not enqueued: the answer names that one. Where another transaction has
     * just enqueued such a job, this waits for the end of that transaction, for 800 ms at most.
     *
     * <p>Send a few thousand jobs at most in one call: PostgreSQL gets 1.8 s for a statement.
     *
     * @return what became of the jobs, in the order given
     * @throws IllegalArgumentException if a type is unknown, or a payload is too large or not what its type's handler reads
     * @throws StorageException if PostgreSQL does not take them, or not in time
     */
    List<Enqueued> enqueue(List<NewJob> newJobs);

    /** Enqueues one job, as {@link #enqueue(List)} does. */
    default Enqueued enqueue(NewJob newJob) {
        return enqueue(List.of(newJob)).get(0);
    }

    /**
     * Enqueues the jobs of a batch and what follows them, all or none. Where an open job has the unique key of one of them, what follows
     * waits for that job.
     *
     * @throws IllegalArgumentException as {@link #enqueue(List)}
     * @throws StorageException as {@link #enqueue(List)}
     */
    EnqueuedBatch enqueue(JobBatch batch);

    /**
     * Checks a job as {@link #enqueue(List)} would, and stores nothing.
     *
     * @throws IllegalArgumentException as {@link #enqueue(List)}
     */
    void check(NewJob newJob);
}
