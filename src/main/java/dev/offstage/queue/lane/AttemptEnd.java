package dev.offstage.queue.lane;

import dev.offstage.job.ledger.AttemptOutput;

/** How an attempt ended. */
sealed interface AttemptEnd {

    /** Its handler returned, and what it asked for can be stored. */
    record Returned(AttemptOutput output) implements AttemptEnd {}

    /** What its handler threw, or why what it asked for cannot be stored, or that its time was over. */
    record Failed(Throwable error) implements AttemptEnd {}
}
