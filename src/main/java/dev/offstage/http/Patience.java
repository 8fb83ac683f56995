package dev.offstage.http;

import java.time.Duration;

/**
 * How long others may wait for a peer: a minimum rate after a grace, so that a large body on a slow line comes through and one byte a
 * second does not.
 *
 * @param idle how long a connection may be silent between requests
 * @param grace for the head of a request, and before the rate counts
 * @param bytesPerSecond of a body that is received, and of an answer that is taken
 */
record Patience(Duration idle, Duration grace, long bytesPerSecond) {

    private static final long NANOS = Duration.ofSeconds(1).toNanos();

    boolean endsIdle(long nanos) {
        return nanos > idle.toNanos();
    }

    boolean endsHead(long nanos) {
        return nanos > grace.toNanos();
    }

    /**
     * @param nanos since it began
     * @param bytes that came, or went, in this time
     * @param silence since the last of them, in nanoseconds: what the kernel took at once is no reason to wait for longer
     */
    boolean endsTransfer(long nanos, long bytes, long silence) {
        long rated = nanos - grace.toNanos();
        return silence > grace.toNanos() || rated > 0 && rated / (double) NANOS > bytes / (double) bytesPerSecond;
    }
}
