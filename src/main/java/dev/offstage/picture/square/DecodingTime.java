package dev.offstage.picture.square;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.function.LongSupplier;

import dev.offstage.picture.format.UnreadableImage;

/**
 * How long the current thread may decode: seconds of its processor time, so that a busy machine makes no picture unreadable,
 * and until it is interrupted. The costs that are known before keep all decoders far below it; this stops a decoder whose cost
 * was not foreseen.
 */
final class DecodingTime {

    /** Less than an attempt may take, so that one of these is not tried again. */
    private static final long MOST_NANOS = 30_000_000_000L;

    private final LongSupplier clock = clock();
    private final long start = clock.getAsLong();

    /** Wall time where threads have no processor time that can be told. */
    private static LongSupplier clock() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        try {
            return threads.getCurrentThreadCpuTime() < 0 ? System::nanoTime : threads::getCurrentThreadCpuTime;
        } catch (UnsupportedOperationException virtualThread) {
            return System::nanoTime;
        }
    }

    /** Is the decoder to stop? */
    boolean isOver() {
        return Thread.currentThread().isInterrupted() || isTooLong();
    }

    private boolean isTooLong() {
        return clock.getAsLong() - start > MOST_NANOS;
    }

    /**
     * Goes on if there is time left.
     *
     * @throws UnreadableImage if it took too long
     */
    void check() throws UnreadableImage, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (isTooLong()) {
            throw new UnreadableImage("Decoding this file takes more than " + MOST_NANOS / 1_000_000_000
                    + " seconds of processor time: save it anew, or choose another one.");
        }
    }
}
