package dev.offstage.queue.lane;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How a lane whose stream failed comes back: after 1, 2, 4, … 30 seconds. It counts as back when its stream has lasted, so that a Kafka
 * which fails each new one is not taken for a series of single failures.
 */
final class Resubscription {

    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    /** Longer than Kafka's client waits for an answer before it gives a stream up. */
    private static final Duration LASTING = Duration.ofSeconds(90);
    private static final Duration LONG = Duration.ofMinutes(5);

    private final LongSupplier nanos;
    private int failures;
    private long failingSince;
    private long openedAt;
    private boolean open = true;

    /** @param nanos as {@link System#nanoTime} */
    Resubscription(LongSupplier nanos) {
        this.nanos = nanos;
        this.openedAt = nanos.getAsLong();
    }

    /** @return how long to wait before the stream is built anew */
    synchronized Duration failed() {
        if (failures == 0 || hasLasted()) {
            failures = 0;
            failingSince = nanos.getAsLong();
        }
        open = false;
        Duration wait = FIRST.multipliedBy(1L << Math.min(failures, 5));
        failures++;
        return wait.compareTo(LONGEST) < 0 ? wait : LONGEST;
    }

    synchronized void opened() {
        open = true;
        openedAt = nanos.getAsLong();
    }

    /** Whether the lane has not read for so long that a new process is the better hope. */
    synchronized boolean isHopeless() {
        return failures > 0 && !hasLasted() && nanos.getAsLong() - failingSince > LONG.toNanos();
    }

    private boolean hasLasted() {
        return open && nanos.getAsLong() - openedAt > LASTING.toNanos();
    }
}
