package dev.offstage.config;

/** What a process does; {@code offstage.roles} lists its roles. */
public enum Role {

    /** Answers HTTP requests and stores users and jobs. */
    API,

    /** Moves the outbox to Kafka, tends the waiting rooms of the ladder and looks after the jobs of dead workers. */
    RELAY,

    /** Runs jobs. */
    WORKER,

    /** Enqueues the jobs of schedules. */
    SCHEDULER
}
