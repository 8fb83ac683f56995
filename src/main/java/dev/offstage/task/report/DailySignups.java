package dev.offstage.task.report;

import java.time.LocalDate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** How many signed up on each day of a period. */
final class DailySignups {

    private final Period period;
    private final long[] counts;

    DailySignups(Period period) {
        this.period = period;
        this.counts = new long[period.days()];
    }

    Period period() {
        return period;
    }

    void add(LocalDate day, long signups) {
        counts[period.indexOf(day)] += signups;
    }

    long total() {
        return LongStream.of(counts).sum();
    }

    /** The first of the days on which the most signed up. */
    LocalDate busiestDay() {
        long most = LongStream.of(counts).max().orElseThrow();
        return period.from()
                .plusDays(IntStream.range(0, counts.length).filter(i -> counts[i] == most).findFirst().orElseThrow());
    }

    long on(LocalDate day) {
        return counts[period.indexOf(day)];
    }

    /** The sums of so many days each; the last one may be of fewer. */
    long[] sums(int days) {
        long[] sums = new long[(counts.length + days - 1) / days];
        for (int i = 0; i < counts.length; i++) {
            sums[i / days] += counts[i];
        }
        return sums;
    }
}
