package dev.offstage.job;

import java.util.UUID;

/** What became of a job that was to be enqueued. */
public sealed interface Enqueued {

    UUID id();

    String type();

    JobState state();

    /** The job was committed. */
    record New(OutboxJob job) implements Enqueued {

        @Override
        public UUID id() {
            return job.id();
        }

        @Override
        public String type() {
            return job.type();
        }

        @Override
        public JobState state() {
            return job.state();
        }
    }

    /** Another job, which is open, has its unique key already. */
    record Open(UUID id, String type, JobState state) implements Enqueued {}
}
