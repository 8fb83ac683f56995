package dev.offstage.job;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonValue;

/** Where a job is in its life. */
public enum JobState {

    /** Due later; waits in PostgreSQL. */
    SCHEDULED,
    /** Waits for a worker. */
    QUEUED,
    /** A worker runs an attempt. */
    RUNNING,
    /** An attempt failed; the next one waits until it is due. */
    RETRYING, COMPLETED,
    /** Failed for good: a dead letter. */
    DEAD, CANCELLED;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** As in PostgreSQL and JSON. */
    @JsonValue
    public String label() {
        return label;
    }

    /** No attempt follows by itself. */
    public boolean finished() {
        return this == COMPLETED || this == DEAD || this == CANCELLED;
    }

    public static Optional<JobState> of(String label) {
        return Stream.of(values()).filter(state -> state.label.equals(label)).findFirst();
    }
}
