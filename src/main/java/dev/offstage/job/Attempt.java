package dev.offstage.job;

import java.time.Instant;
import java.util.UUID;

/**
 * One run of a handler for a job.
 *
 * @param jobId the job; the same in every attempt
 * @param number counts from 1
 * @param payload never null
 * @param createdAt when the job was enqueued
 * @param reports where its progress goes
 * @param <P> the payload
 */
public record Attempt<P>(UUID jobId, int number, P payload, Instant createdAt, Reports reports) {

    /** Takes what handlers tell of their progress. */
    public interface Reports {
        void progress(UUID jobId, long done, long total);
    }

    /**
     * Tells operators how far it is. Costs next to nothing, however often it is called: only the latest is written, a few times a
     * second.
     *
     * @param done from 0 to total
     * @param total more than 0
     * @throws IllegalArgumentException if these cannot be meant
     */
    public void progress(long done, long total) {
        if (done < 0 || total < 1 || done > total) {
            throw new IllegalArgumentException(
                    "%d of %d is no progress: say how much is done, from 0 to a total of 1 or more.".formatted(done,
                            total));
        }
        reports.progress(jobId, done, total);
    }
}
