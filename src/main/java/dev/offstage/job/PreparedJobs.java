package dev.offstage.job;

import java.util.List;

/**
 * Jobs that are stored together.
 *
 * @param asked what was asked for
 * @param jobs what became of it, in the same order
 * @param then the job that waits for all of these; null for none
 */
public record PreparedJobs(List<NewJob> asked, List<OutboxJob> jobs, OutboxJob then) {

    /** Of several that nobody waits for: one. */
    static PreparedJobs together(List<PreparedJobs> all) {
        return new PreparedJobs(all.stream().flatMap(each -> each.asked.stream()).toList(),
                all.stream().flatMap(each -> each.jobs.stream()).toList(), null);
    }

    boolean isBatch() {
        return then != null;
    }
}
