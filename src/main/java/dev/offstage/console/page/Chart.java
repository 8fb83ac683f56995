package dev.offstage.console.page;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

import dev.offstage.job.watch.AttemptHistory.Minute;

/**
 * The last hour of a type as a picture: a bar for each minute, or a line through them. Coordinates are those of an SVG view box.
 *
 * @param bars what ended in each minute
 * @param median points of a line, as SVG writes them
 * @param p99 the same
 * @param highestRate attempts in the busiest minute
 * @param slowest the longest run time in the picture
 */
record Chart(List<Bar> bars, List<Line> median, List<Line> p99, long highestRate, Duration slowest, long completed,
        long failed) {

    static final int MINUTES = 60;
    static final int WIDTH = 300;
    static final int HEIGHT = 64;
    private static final double STEP = (double) WIDTH / MINUTES;
    private static final double GAP = 1;

    /** @param outcome completed, failed or dead */
    record Bar(String outcome, String x, String y, String width, String height, String title) {}

    /** A stretch of minutes in which something ended; between two of them there is nothing to draw. */
    record Line(String points) {}

    static Chart of(List<Minute> minutes, Instant now) {
        Instant first = now.truncatedTo(ChronoUnit.MINUTES).minus(MINUTES - 1L, ChronoUnit.MINUTES);
        Map<Instant, Minute> byStart = minutes.stream().collect(Collectors.toMap(Minute::start, Function.identity()));
        long highest = minutes.stream().mapToLong(Chart::attempts).max().orElse(0);
        Duration slowest = minutes.stream().map(Minute::p99).max(Duration::compareTo).orElse(Duration.ZERO);
        List<Bar> bars = new ArrayList<>();
        for (int i = 0; i < MINUTES; i++) {
            Minute minute = byStart.get(first.plus(i, ChronoUnit.MINUTES));
            if (minute != null) {
                stack(bars, minute, i, highest);
            }
        }
        return new Chart(bars, lines(byStart, first, Minute::median, slowest),
                lines(byStart, first, Minute::p99, slowest),
                highest, slowest, minutes.stream().mapToLong(Minute::completed).sum(),
                minutes.stream().mapToLong(minute -> minute.failed() + minute.dead()).sum());
    }

    /** All types in one, without run times: percentiles do not add up. */
    static List<Minute> together(Collection<List<Minute>> types) {
        Map<Instant, Minute> sums = new TreeMap<>();
        types.stream()
                .flatMap(List::stream)
                .forEach(minute -> sums.merge(minute.start(), withoutTimes(minute, minute.completed(), minute.failed(),
                        minute.dead()),
                        (sum, other) -> withoutTimes(sum, sum.completed() + other.completed(),
                                sum.failed() + other.failed(), sum.dead() + other.dead())));
        return List.copyOf(sums.values());
    }

    private static Minute withoutTimes(Minute minute, long completed, long failed, long dead) {
        return new Minute(minute.start(), completed, failed, dead, Duration.ZERO, Duration.ZERO);
    }

    public boolean isEmpty() {
        return bars.isEmpty();
    }

    private static long attempts(Minute minute) {
        return minute.completed() + minute.failed() + minute.dead();
    }

    private static void stack(List<Bar> bars, Minute minute, int place, long highest) {
        Map<String, Long> parts = new HashMap<>();
        double base = HEIGHT;
        parts.put("completed", minute.completed());
        parts.put("failed", minute.failed());
        parts.put("dead", minute.dead());
        for (String outcome : List.of("completed", "failed", "dead")) {
            long count = parts.get(outcome);
            if (count > 0) {
                double height = Math.max(1, (double) HEIGHT * count / highest);
                base -= height;
                bars.add(new Bar(outcome, number(place * STEP), number(Math.max(0, base)), number(STEP - GAP),
                        number(height),
                        "%s: %d %s".formatted(minute.start().toString().substring(11, 16), count, outcome)));
            }
        }
    }

    private static List<Line> lines(Map<Instant, Minute> byStart, Instant first, Function<Minute, Duration> time,
            Duration slowest) {
        List<Line> lines = new ArrayList<>();
        StringBuilder points = new StringBuilder();
        for (int i = 0; i <= MINUTES; i++) {
            Minute minute = byStart.get(first.plus(i, ChronoUnit.MINUTES));
            if (minute != null) {
                double height = (HEIGHT - 2.0) * time.apply(minute).toNanos() / Math.max(1, slowest.toNanos());
                String y = number(HEIGHT - 1 - height);
                points.append(number(i * STEP))
                        .append(',')
                        .append(y)
                        .append(' ')
                        .append(number((i + 1) * STEP - GAP))
                        .append(',')
                        .append(y)
                        .append(' ');
            } else if (!points.isEmpty()) {
                lines.add(new Line(points.toString().strip()));
                points.setLength(0);
            }
        }
        return lines;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
