package dev.offstage.queue.lane;

/** An operator has cancelled the job while this attempt ran. */
final class AttemptCancelled extends Exception {

    AttemptCancelled() {
        super("An operator has cancelled the job.");
    }
}
