package dev.offstage.config;

/** What handlers of a job type run on. */
public enum HandlerThreads {

    /** Virtual threads where Java has them (21 and newer), for handlers that mostly wait. */
    VIRTUAL,

    /** Threads of the operating system, for handlers that compute: on virtual threads they would keep other handlers from running. */
    PLATFORM
}
