package dev.offstage.job.ledger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

import dev.offstage.background.Timer;

/**
 * Which workers show no life any more, as seen from here. A worker counts its beats; one whose count stands still for the expiry, by this
 * process's own time, is dead. Not thread-safe.
 *
 * <p>A count also seems to stand still if we are the one who stood still. Example: PostgreSQL answers nobody for a minute. Every count is as
 * it was, and nobody is dead. So what was seen before a stall counts no more.
 */
final class LifeSigns {

    /** @param count null for a worker that runs jobs and has no row */
    private record Beat(Long count, long sinceNanos) {}

    /** @param count its last beat; null if it had no row */
    record Dead(UUID worker, Long count) {}

    private final Duration expiry;
    private final Timer timer;
    private final Map<UUID, Beat> seen = new HashMap<>();
    private long lookedAtNanos;

    LifeSigns(Duration expiry, Timer timer) {
        this.expiry = expiry;
        this.timer = timer;
        this.lookedAtNanos = timer.nanoTime();
    }

    /** To be called before PostgreSQL is asked and when it has answered. */
    void looking() {
        long now = timer.nanoTime();
        if (now - lookedAtNanos > expiry.toNanos() / 2) {
            seen.clear();
        }
        lookedAtNanos = now;
    }

    /**
     * The workers that are dead; they are not named again before they have been seen for as long once more.
     *
     * @param counts of all workers that beat or run jobs; null for one that has no row
     */
    List<Dead> dead(Map<UUID, Long> counts) {
        Map<UUID, Beat> now = new HashMap<>();
        List<Dead> dead = new ArrayList<>();
        counts.forEach((worker, count) -> {
            Beat before = seen.get(worker);
            if (before == null || !Objects.equals(before.count, count)) {
                now.put(worker, new Beat(count, timer.nanoTime()));
            } else if (timer.nanoTime() - before.sinceNanos >= expiry.toNanos()) {
                dead.add(new Dead(worker, count));
            } else {
                now.put(worker, before);
            }
        });
        seen.clear();
        seen.putAll(now);
        return dead;
    }

    /** PostgreSQL could not be asked. */
    void forget() {
        seen.clear();
    }
}
