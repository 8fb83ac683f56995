package dev.offstage.job.watch;

import java.util.List;
import java.util.Locale;
import java.util.UUID;

import com.fasterxml.jackson.annotation.JsonValue;

/**
 * What holds a job up that waits for others.
 *
 * @param until what it waits for
 * @param jobs how many of them are neither completed nor cancelled; at least 1
 * @param dead how many of these are dead
 * @param examples of these {@value #MOST_EXAMPLES} at most, the dead ones first
 */
public record WaitsFor(Until until, long jobs, long dead, List<UUID> examples) {

    /** What lets a job go that waits for others. */
    public enum Until {

        /** All of them are completed or cancelled. */
        DONE,
        /** One of them is dead. */
        DEAD;

        /** As in JSON. */
        @JsonValue
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static final int MOST_EXAMPLES = 10;

    public WaitsFor {
        examples = List.copyOf(examples);
    }
}
