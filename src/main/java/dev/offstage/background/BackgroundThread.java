package dev.offstage.background;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import org.jboss.logging.Logger;

/**
 * A thread that lives as long as its process: it takes one step after another, whatever a step throws. An
 * {@link OutOfMemoryError} in one heartbeat, for example, must not be the end of all heartbeats.
 *
 * <p>Should a thread end all the same, {@link BackgroundThreadsCheck} reports that the process is not live.
 */
public final class BackgroundThread implements AutoCloseable {

    /** What is done over and over. It may block, and ends when its thread is interrupted. */
    public interface Step {
        void run() throws Exception;
    }

    private static final Logger LOG = Logger.getLogger(BackgroundThread.class);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(500);
    private static final Set<BackgroundThread> STARTED = ConcurrentHashMap.newKeySet();

    private final Duration pause;
    private final Step step;
    private final Thread thread;
    private volatile boolean open = true;
    private boolean pauseFirst;
    private boolean onDemand;
    private final Semaphore wakes = new Semaphore(0);

    /**
     * @param name the thread is called {@code offstage-<name>}
     * @param pause from the end of one step to the start of the next; zero for steps that wait by themselves
     * @param step a failure that is to be expected is its own affair; what it throws is logged as a fault of ours
     */
    public BackgroundThread(String name, Duration pause, Step step) {
        this.pause = pause;
        this.step = step;
        this.thread = new Thread(this::live, "offstage-" + name);
        thread.setDaemon(true);
    }

    /** The first step follows at once. */
    public void start() {
        STARTED.add(this);
        thread.start();
    }

    /** The first step follows after a pause. */
    public void startWithPause() {
        pauseFirst = true;
        start();
    }

    /** Each step follows a {@link #wake}, and after each there is the pause at least. */
    public void startOnDemand() {
        onDemand = true;
        start();
    }

    /** Has the next step follow soon. Several calls before it begins are one; one that comes while it runs has another step follow. */
    public void wake() {
        if (wakes.availablePermits() == 0) {
            wakes.release();
        }
    }

    private void live() {
        if (pauseFirst) {
            rest(pause);
        }
        while (open) {
            Duration rest = pause;
            try {
                if (onDemand) {
                    wakes.acquire();
                    wakes.drainPermits(); // two threads may have found none and released one each
                }
                step.run();
            } catch (InterruptedException e) {
                // Only close() means the end. A handler's time-out that hits the wrong thread must not stop it.
                rest = PAUSE_AFTER_FAILURE;
            } catch (Throwable failure) {
                wake(); // what the step was for is not done yet
                report(failure);
                rest = pause.compareTo(PAUSE_AFTER_FAILURE) > 0 ? pause : PAUSE_AFTER_FAILURE;
            }
            rest(rest);
        }
    }

    private void report(Throwable failure) {
        try {
            if (open) {
                LOG.errorf(failure, "A step of the thread %s failed; the next one follows. Report this error.",
                        thread.getName());
            } else {
                LOG.debugf(failure, "The last step of the thread %s was cut short", thread.getName());
            }
        } catch (Throwable unsaid) {
            failure.addSuppressed(unsaid); // without memory there is no way to log it, and the thread must go on
        }
    }

    private void rest(Duration time) {
        if (time.isZero() || !open) {
            return;
        }
        try {
            TimeUnit.NANOSECONDS.sleep(time.toNanos());
        } catch (InterruptedException e) {
            // By close(), or by mistake, and then the next step comes early.
            LOG.tracef("%s was interrupted", thread.getName());
        }
    }

    /** Interrupts the step that is under way; none follows. Does not wait for its end. */
    @Override
    public void close() {
        open = false;
        STARTED.remove(this);
        thread.interrupt();
    }

    /**
     * Waits for the end of the last step after {@link #close}.
     *
     * @return false if it has not ended in time
     */
    public boolean awaitEnd(Duration atMost) {
        try {
            thread.join(atMost.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    /** The names of threads that were started, were not closed, and have ended. */
    static List<String> ended() {
        return STARTED.stream()
                .map(started -> started.thread)
                .filter(thread -> !thread.isAlive())
                .map(Thread::getName)
                .sorted()
                .toList();
    }
}
