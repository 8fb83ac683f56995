package dev.offstage.faults;

import java.time.Duration;
import java.util.Collection;
import java.util.List;

/** The value that a given part of all values does not exceed. */
final class Percentile {

    private Percentile() {
    }

    /** @param fraction 0.99 for the 99th percentile, 1 for the largest */
    static Duration of(Collection<Duration> values, double fraction) {
        List<Duration> sorted = values.stream().sorted().toList();
        return sorted.get((int) Math.max(0, Math.ceil(sorted.size() * fraction) - 1));
    }
}
