package dev.offstage.queue;

import java.time.Duration;
import java.time.Instant;

/**
 * When Kafka got the record at an offset, found with a few questions: "which is the first offset since then?" If that is not beyond the
 * record, it came later than the time in question; else it came earlier. First its age is found to a factor of two, and then to an eighth.
 */
final class WaitingSince {

    /** A record of three months has an age of 2^23 seconds: five questions, and three more for the eighth. */
    static final int QUESTIONS = 8;

    private static final int DOUBLINGS = 5;
    private static final int LONGEST = 31;

    private final Instant now;
    private final long offset;
    private int asked;
    /** The age is more than 2^(shortest) - 1 seconds, and at most 2^(longest) - 1. */
    private int shortest;
    private int longest = LONGEST;
    private Duration younger;
    private Duration older;

    WaitingSince(Instant now, long offset) {
        this.now = now;
        this.offset = offset;
    }

    Instant question() {
        return now.minus(age());
    }

    /** @param first the first offset since the time in question; negative if there is none */
    void answered(long first) {
        boolean isOlder = first < 0 || first > offset;
        if (asked < DOUBLINGS) {
            int middle = (shortest + longest) / 2;
            shortest = isOlder ? middle : shortest;
            longest = isOlder ? longest : middle;
            younger = seconds(shortest);
            older = seconds(longest);
        } else if (isOlder) {
            younger = age();
        } else {
            older = age();
        }
        asked++;
    }

    /** The record came no later. */
    Instant latest() {
        return now.minus(younger);
    }

    private Duration age() {
        return asked < DOUBLINGS
                ? seconds((shortest + longest) / 2)
                : younger.plus(older.minus(younger).dividedBy(2));
    }

    private static Duration seconds(int doublings) {
        return Duration.ofSeconds((1L << doublings) - 1);
    }
}
