package dev.offstage.background;

import java.time.Duration;
import java.util.concurrent.Executor;

/**
 * Time as it goes by in this process, whatever happens to its clock, and what is to be done later. The parts of the core that
 * wait ask for it here, so that a test can let hours go by in a millisecond.
 */
public interface Timer {

    /** Something that will be done. */
    interface Delayed {

        /** It will not be done, unless it has begun. */
        void cancel();
    }

    /** Of no meaning by itself: only differences count, as with {@link System#nanoTime()}. */
    long nanoTime();

    /** Has the executor do something once, after a time. */
    Delayed after(Duration delay, Executor executor, Runnable task);

    /** Returns after a time. A time that is not positive is over at once. */
    void sleep(Duration time) throws InterruptedException;
}
