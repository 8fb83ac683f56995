package dev.offstage.job;

import java.time.Instant;
import java.util.UUID;

/** What became of a job that was to be enqueued. */
public sealed interface Enqueued {

    UUID id();

    String type();

    JobState state();

    /**
     * The job is stored: for good where no transaction ran, and else with its commit.
     *
     * @param dueAt not before; null if it is due at once, or waits for other jobs
     */
    record New(UUID id, String type, String key, JobState state, Instant createdAt,
            Instant dueAt) implements Enqueued {}

    /** Another job, which is open, has its unique key already. */
    record Open(UUID id, String type, JobState state) implements Enqueued {}
}
