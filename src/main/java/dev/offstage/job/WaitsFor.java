package dev.offstage.job;

import java.util.List;
import java.util.UUID;

/**
 * What holds a job up that waits for others.
 *
 * @param jobs how many of them are neither completed nor cancelled; at least 1
 * @param dead how many of these are dead: until they are redriven or discarded, the job waits
 * @param examples of these {@value #MOST_EXAMPLES} at the most, the dead ones first
 */
public record WaitsFor(long jobs, long dead, List<UUID> examples) {

    static final int MOST_EXAMPLES = 10;

    public WaitsFor {
        examples = List.copyOf(examples);
    }
}
