package dev.offstage.job.ledger;

import java.util.List;
import java.util.stream.Stream;

/**
 * What an attempt leaves besides its end, ready to be stored in the same transaction.
 *
 * @param result JSON; null for none
 * @param jobs that follow
 */
public record AttemptOutput(String result, List<PreparedJobs> jobs) {

    /** What most attempts leave. */
    public static final AttemptOutput NOTHING = new AttemptOutput(null, List.of());

    /** All jobs that follow, those that wait for others among them. */
    public List<OutboxJob> followUps() {
        return jobs.stream()
                .flatMap(prepared -> Stream.concat(prepared.jobs().stream(), prepared.held()))
                .toList();
    }

    boolean isNothing() {
        return result == null && jobs.isEmpty();
    }
}
