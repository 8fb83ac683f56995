package dev.offstage.background;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;

/** The time of the machine. What falls due is handed to its executor by one thread, which does nothing else. */
@Singleton
public class SystemTimer implements Timer {

    private final ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1,
            new DaemonThreads("timer"), new ThreadPoolExecutor.DiscardPolicy()); // of what comes after the end

    SystemTimer() {
        scheduler.setRemoveOnCancelPolicy(true); // thousands of time-outs a second are cancelled minutes before they are due
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public Delayed after(Duration delay, Executor executor, Runnable task) {
        ScheduledFuture<?> handingOver = scheduler.schedule(() -> executor.execute(task), delay.toNanos(),
                TimeUnit.NANOSECONDS);
        return () -> handingOver.cancel(false);
    }

    @Override
    public void sleep(Duration time) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(time.toNanos());
    }

    @PreDestroy
    void close() {
        scheduler.shutdownNow();
    }
}
