package dev.offstage.queue;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import dev.offstage.config.RateLimit;

/**
 * The permits of one lane to start attempts. Those of a rate limit come out of a bucket that all workers share, several
 * with one look at it, and are spent one interval apart.
 */
final class Permits {

    /** What is fetched with one look is spent in about this time. */
    private static final Duration BATCH = Duration.ofMillis(100);

    private final SharedBuckets buckets;
    private final String type;
    private final ScheduledExecutorService timer;

    private RateLimit limit;
    private long stock;
    private long nextNanos = System.nanoTime();
    private boolean fetching;

    Permits(SharedBuckets buckets, String type, ScheduledExecutorService timer) {
        this.buckets = buckets;
        this.type = type;
        this.timer = timer;
    }

    /**
     * @param limit that holds now; empty for none
     * @param again called when it is worth trying again
     * @return false if nothing may start yet
     */
    synchronized boolean take(Optional<RateLimit> limit, Runnable again) {
        if (limit.isEmpty()) {
            return true;
        }
        if (!limit.get().equals(this.limit)) {
            this.limit = limit.get();
            stock = 0;
        }
        if (stock == 0) {
            fetch(Duration.ZERO, again);
            return false;
        }
        long now = System.nanoTime();
        if (now - nextNanos < 0) {
            timer.schedule(again, nextNanos - now, TimeUnit.NANOSECONDS);
            return false;
        }
        stock--;
        nextNanos = Math.max(nextNanos, now - BATCH.toNanos()) + limit.get().interval().toNanos();
        return true;
    }

    private void fetch(Duration delay, Runnable again) {
        if (fetching) {
            return;
        }
        fetching = true;
        RateLimit wanted = limit;
        long batch = batch(wanted);
        timer.schedule(() -> {
            long fetched = buckets.take(type, wanted, batch);
            fetched(wanted, fetched, again);
        }, delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void fetched(RateLimit wanted, long fetched, Runnable again) {
        synchronized (this) {
            fetching = false;
            if (wanted.equals(limit)) {
                stock += fetched;
                if (fetched == 0) {
                    fetch(wanted.interval().multipliedBy(batch(wanted)).dividedBy(2), again);
                    return;
                }
            }
        }
        again.run();
    }

    private static long batch(RateLimit limit) {
        return within(BATCH, limit);
    }

    /** How many permits there are in a time; at least one. */
    static long within(Duration time, RateLimit limit) {
        return Math.max(1, time.dividedBy(limit.interval()));
    }
}
