package dev.offstage.queue.lane;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import dev.offstage.config.RateLimit;

/**
 * The permits of one lane to start attempts. Those of a rate limit come out of a bucket that all workers share, several
 * with one look at it, and are spent one interval apart.
 */
final class Permits {

    /** What is fetched with one look is spent in about this time. */
    private static final Duration BATCH = Duration.ofMillis(100);
    /** After which it is worth looking again into an empty bucket, if its next permit comes sooner. */
    private static final Duration SOON = BATCH.dividedBy(2);

    private final SharedBuckets buckets;
    private final String type;
    private final Executor threads;

    /** Null for none. */
    private RateLimit limit;
    private long stock;
    private long nextNanos;
    /** Under way, or to come; null for none. */
    private Future<?> fetch;
    private int changes;

    /**
     * @param threads to look into the bucket, and to start attempts; each lane takes one at a time
     */
    Permits(SharedBuckets buckets, String type, Executor threads) {
        this.threads = threads;
        this.buckets = buckets;
        this.type = type;
    }

    /**
     * @param limit that holds now; empty for none
     * @param again called when it is worth trying again
     * @return false if nothing may start yet
     */
    synchronized boolean take(Optional<RateLimit> limit, Runnable again) {
        if (!Objects.equals(this.limit, limit.orElse(null))) {
            change(limit.orElse(null));
        }
        if (limit.isEmpty()) {
            return true;
        }
        if (stock == 0) {
            fetch(Duration.ZERO, again);
            return false;
        }
        long now = System.nanoTime();
        if (now - nextNanos < 0) {
            after(nextNanos - now).execute(again);
            return false;
        }
        stock--;
        nextNanos = Math.max(nextNanos, now - BATCH.toNanos()) + limit.get().interval().toNanos();
        return true;
    }

    /** Nothing of the limit before is waited for: by that, the next start may have been hours away. */
    private void change(RateLimit to) {
        limit = to;
        changes++;
        stock = 0;
        nextNanos = System.nanoTime();
        if (fetch != null) {
            fetch.cancel(false);
            fetch = null;
        }
    }

    private void fetch(Duration delay, Runnable again) {
        if (fetch != null) {
            return;
        }
        RateLimit wanted = limit;
        int asOf = changes;
        fetch = CompletableFuture.runAsync(() -> look(asOf, wanted, again), after(delay.toNanos()));
    }

    private Executor after(long nanos) {
        return CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS, threads);
    }

    /** Whatever happens, another look follows: without it the lane would never start an attempt again. */
    private void look(int asOf, RateLimit wanted, Runnable again) {
        SharedBuckets.Taken taken = SharedBuckets.Taken.NOTHING;
        try {
            taken = buckets.take(type, wanted, batch(wanted));
        } finally {
            fetched(asOf, taken, again);
        }
    }

    private void fetched(int asOf, SharedBuckets.Taken taken, Runnable again) {
        synchronized (this) {
            if (asOf != changes) {
                return;
            }
            fetch = null;
            stock += taken.permits();
            if (stock == 0) {
                fetch(taken.untilNext().compareTo(SOON) > 0 ? taken.untilNext() : SOON, again);
                return;
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
