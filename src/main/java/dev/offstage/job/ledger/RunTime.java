package dev.offstage.job.ledger;

import java.time.Duration;
import java.util.SortedMap;

/**
 * Run times in buckets, four to each doubling from a millisecond on: what a percentile of them says is wrong by a tenth at
 * the most.
 */
public final class RunTime {

    private static final int PER_DOUBLING = 4;

    private RunTime() {
    }

    static int bucket(Duration time) {
        double millis = Math.max(1, time.toNanos() / 1e6);
        return (int) Math.round(PER_DOUBLING * Math.log(millis) / Math.log(2));
    }

    /** In the middle of the bucket. */
    static Duration of(int bucket) {
        return Duration.ofNanos((long) (1e6 * Math.pow(2, (double) bucket / PER_DOUBLING)));
    }

    /** @param counts how many fell into each bucket; not empty */
    public static Duration percentile(SortedMap<Integer, Long> counts, double fraction) {
        long all = counts.values().stream().mapToLong(Long::longValue).sum();
        long rank = (long) Math.ceil(all * fraction);
        for (var bucket : counts.entrySet()) {
            rank -= bucket.getValue();
            if (rank <= 0) {
                return of(bucket.getKey());
            }
        }
        return of(counts.lastKey());
    }
}
