package dev.offstage.job.ledger;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import dev.offstage.job.Enqueued;
import dev.offstage.job.Jobs;
import dev.offstage.job.NewJob;

/**
 * Jobs that are stored together.
 *
 * @param asked what was asked for
 * @param jobs what became of it, in the same order
 * @param then the job that waits until all of these are done; null for none
 * @param onDead the job that waits until one of these is dead; null for none
 */
public record PreparedJobs(List<NewJob> asked, List<OutboxJob> jobs, OutboxJob then, OutboxJob onDead) {

    /** Jobs without a job that waits for them. */
    PreparedJobs(List<NewJob> asked, List<OutboxJob> jobs) {
        this(asked, jobs, null, null);
    }

    /** Makes one of several, none of which has jobs that wait. */
    static PreparedJobs together(List<PreparedJobs> all) {
        return new PreparedJobs(all.stream().flatMap(each -> each.asked.stream()).toList(),
                all.stream().flatMap(each -> each.jobs.stream()).toList());
    }

    /** The answers to the caller, if all are stored. */
    List<Enqueued> enqueued() {
        return jobs.stream().map(OutboxJob::enqueued).toList();
    }

    /** The same of one job; null for none. */
    static Enqueued enqueued(OutboxJob job) {
        return job == null ? null : job.enqueued();
    }

    /** The jobs that wait for the others. */
    Stream<OutboxJob> held() {
        return Stream.of(then, onDead).filter(Objects::nonNull);
    }

    boolean isBatch() {
        return then != null || onDead != null;
    }
}
