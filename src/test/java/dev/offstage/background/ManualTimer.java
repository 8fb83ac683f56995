package dev.offstage.background;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;

/** Time that stands still until a test moves it. Whoever sleeps moves it, too, so that no test waits. */
public final class ManualTimer implements Timer {

    private record Task(long dueNanos, long number, Executor executor, Runnable task) {}

    private final PriorityQueue<Task> tasks = new PriorityQueue<>(
            Comparator.comparingLong(Task::dueNanos).thenComparingLong(Task::number));
    private final List<Duration> slept = new ArrayList<>();
    private long nanos = Duration.ofDays(1).toNanos();
    private long number;

    @Override
    public synchronized long nanoTime() {
        return nanos;
    }

    @Override
    public synchronized Delayed after(Duration delay, Executor executor, Runnable task) {
        Task waiting = new Task(nanos + Math.max(0, delay.toNanos()), number++, executor, task);
        tasks.add(waiting);
        return () -> cancel(waiting);
    }

    private synchronized void cancel(Task waiting) {
        tasks.remove(waiting);
    }

    @Override
    public void sleep(Duration time) {
        synchronized (this) {
            slept.add(time);
        }
        if (!time.isNegative()) {
            advance(time);
        }
    }

    /** Lets time go by, and does what falls due meanwhile in its order. */
    public void advance(Duration time) {
        long end = nanoTime() + time.toNanos();
        for (Task task = next(end); task != null; task = next(end)) {
            task.executor.execute(task.task);
        }
        synchronized (this) {
            nanos = Math.max(nanos, end);
        }
    }

    private synchronized Task next(long end) {
        if (tasks.isEmpty() || tasks.peek().dueNanos > end) {
            return null;
        }
        Task task = tasks.remove();
        nanos = Math.max(nanos, task.dueNanos);
        return task;
    }

    /** How many tasks wait for their time. */
    public synchronized int waiting() {
        return tasks.size();
    }

    /** How long each sleep was, in their order. */
    public synchronized List<Duration> slept() {
        return List.copyOf(slept);
    }
}
