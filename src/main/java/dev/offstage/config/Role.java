package dev.offstage.config;

/** What a process does; {@code offstage.roles} lists its roles. */
public enum Role {

    /** Answers HTTP requests and stores users and jobs. */
    API,

    /**
     * Moves the outbox to Kafka, sends waiting retries back to their queues when they are due, and looks after the jobs of dead
     * workers.
     */
    RELAY,

    /** Runs jobs. */
    WORKER,

    /** Enqueues the jobs of schedules. */
    SCHEDULER
}
