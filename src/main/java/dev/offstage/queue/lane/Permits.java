package dev.offstage.queue.lane;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;

import dev.offstage.background.Timer;
import dev.offstage.config.RateLimit;

/**
 * The permits of one lane to start attempts. Those of a rate limit come out of a bucket that all workers share, several
 * with one look at it, and are spent one interval apart.
 */
final class Permits {

    /** Where permits come from. */
    interface Buckets {

        /** Takes as many permits as there are, of those wanted; none if they cannot be reached. Blocks. */
        Taken take(String type, RateLimit limit, long wanted);
    }

    /**
     * What was in a bucket.
     *
     * @param untilNext how long until there is a permit, if there was none; else 0
     */
    record Taken(long permits, Duration untilNext) {

        /** The bucket could not be reached. */
        static final Taken NOTHING = new Taken(0, Duration.ofSeconds(1));
    }

    /** What is fetched with one look is spent in about this time. */
    private static final Duration BATCH = Duration.ofMillis(100);
    /** After which it is worth looking again into an empty bucket, if its next permit comes sooner. */
    private static final Duration SOON = BATCH.dividedBy(2);

    private final Buckets buckets;
    private final String type;
    private final Executor threads;
    private final Timer timer;

    /** Null for none. */
    private RateLimit limit;
    private long stock;
    private long nextNanos;
    /** Under way, or to come; null for none. */
    private Timer.Delayed fetch;
    private int changes;

    /**
     * @param threads to look into the bucket, and to start attempts; each lane takes one at a time
     */
    Permits(Buckets buckets, String type, Executor threads, Timer timer) {
        this.timer = timer;
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
        long now = timer.nanoTime();
        if (now - nextNanos < 0) {
            timer.after(Duration.ofNanos(nextNanos - now), threads, again);
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
        nextNanos = timer.nanoTime();
        if (fetch != null) {
            fetch.cancel();
            fetch = null;
        }
    }

    private void fetch(Duration delay, Runnable again) {
        if (fetch != null) {
            return;
        }
        RateLimit wanted = limit;
        int asOf = changes;
        fetch = timer.after(delay, threads, () -> look(asOf, wanted, again));
    }

    /** Whatever happens, another look follows: without it the lane would never start an attempt again. */
    private void look(int asOf, RateLimit wanted, Runnable again) {
        Taken taken = Taken.NOTHING;
        try {
            taken = buckets.take(type, wanted, batch(wanted));
        } finally {
            fetched(asOf, taken, again);
        }
    }

    private void fetched(int asOf, Taken taken, Runnable again) {
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
