package dev.offstage.job;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * One run of a handler for a job, and what the handler may ask for while it runs. What it asks for besides its progress is committed
 * in the transaction that completes the job, or, if the attempt fails, not at all.
 *
 * @param <P> the payload
 */
public final class Attempt<P> {

    /** Where an attempt's progress goes. */
    public interface Progress {

        /** Called as often as the handler likes, on its thread; does not block. */
        void report(UUID job, long done, long total);
    }

    /**
     * What a handler asked for, not checked yet.
     *
     * @param result null for none
     */
    public record Requests(Object result, List<NewJob> jobs, List<JobBatch> batches) {

        public Requests {
            jobs = List.copyOf(jobs);
            batches = List.copyOf(batches);
        }
    }

    /** What Jackson makes of a result may have so many characters. */
    public static final int LARGEST_RESULT = 16 * 1024;

    /** How many jobs an attempt may enqueue. A follow-up may enqueue the next ones. */
    public static final int MOST_JOBS = 1_000;

    private final UUID jobId;
    private final int number;
    private final P payload;
    private final Instant createdAt;
    private final Progress progress;
    private final List<NewJob> followUps = new ArrayList<>();
    private final List<JobBatch> batches = new ArrayList<>();
    private Object result;
    private boolean ended;

    /**
     * @param number counts from 1
     * @param createdAt when the job was enqueued
     * @param progress null if it is not kept
     */
    public Attempt(UUID jobId, int number, P payload, Instant createdAt, Progress progress) {
        this.jobId = jobId;
        this.number = number;
        this.payload = payload;
        this.createdAt = createdAt;
        this.progress = progress;
    }

    /** The job; the same in every attempt, so that the other side of an external effect can recognise a repeat. */
    public UUID jobId() {
        return jobId;
    }

    /** Counts from 1. */
    public int number() {
        return number;
    }

    /** Never null. */
    public P payload() {
        return payload;
    }

    /** When the job was enqueued. */
    public Instant createdAt() {
        return createdAt;
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
        if (progress != null) {
            progress.report(jobId, done, total);
        }
    }

    /**
     * Keeps something with the job, for callers that ask what came of it; a later call replaces it.
     *
     * @param value what Jackson writes as JSON, {@value #LARGEST_RESULT} characters at most; anything larger is kept
     *        elsewhere, and the result says where
     */
    public synchronized void result(Object value) {
        ensureOpen();
        result = Objects.requireNonNull(value, "value");
    }

    /** Enqueues a job that follows this one. One whose unique key an open job has is left out. */
    public synchronized void enqueue(NewJob job) {
        ensureOpen();
        followUps.add(Objects.requireNonNull(job, "job"));
    }

    /** Enqueues jobs and what follows them. */
    public synchronized void enqueue(JobBatch batch) {
        ensureOpen();
        batches.add(Objects.requireNonNull(batch, "batch"));
    }

    private void ensureOpen() {
        if (ended) {
            throw new IllegalStateException("The attempt has ended: ask for this before the handler returns.");
        }
    }

    /**
     * Ends the attempt after its handler has returned: nothing more can be asked for.
     *
     * @return all that was
     */
    public synchronized Requests end() {
        ended = true;
        return new Requests(result, followUps, batches);
    }
}
