package dev.offstage.job.ledger;

import java.time.Instant;
import java.util.UUID;

/** How an attempt ended. */
public sealed interface Settlement {

    Claim claim();

    /** What is stored with it. */
    default AttemptOutput output() {
        return AttemptOutput.NOTHING;
    }

    /** The handler returned. */
    record Completed(Claim claim, Instant at, AttemptOutput output) implements Settlement {}

    /**
     * The attempt failed and another one follows.
     *
     * @param dueAt not before
     * @param publishAt when the sweep looks after the next attempt if nothing else did
     */
    record Retried(Claim claim, Failure failure, Instant dueAt, Instant publishAt) implements Settlement {}

    /**
     * The attempt could not be made for want of PostgreSQL: it counts for nothing, and the same one is made again.
     *
     * @param publishAt not before
     */
    record GivenBack(Claim claim, Instant publishAt) implements Settlement {}

    /** An operator asked for the end of the job, and the attempt was interrupted. */
    record Cancelled(Claim claim, Instant at) implements Settlement {}

    /**
     * The attempt failed and was the last one.
     *
     * @param publishAt when the sweep looks after the dead letter if nothing else did
     * @param entry the row of the outbox that the dead letter gets
     */
    record Died(Claim claim, Failure failure, Instant publishAt, UUID entry, AttemptOutput output)
            implements
                Settlement {}
}
