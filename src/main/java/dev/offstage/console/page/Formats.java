package dev.offstage.console.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

import io.quarkus.qute.TemplateExtension;

import dev.offstage.config.RateLimit;
import dev.offstage.job.ledger.LaneControls.LaneControl;

/** How the pages write times and numbers. */
@TemplateExtension
final class Formats {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Formats() {
    }

    static boolean limited(LaneControl lane) {
        return lane.rateLimit().isPresent();
    }

    /** The rate limit; empty if there is none. */
    static String rate(LaneControl lane) {
        return lane.rateLimit().map(RateLimit::toString).orElse("");
    }

    /** In UTC, to the second. */
    static String time(Instant instant) {
        return TIME.format(instant);
    }

    /** In UTC, hours and minutes. */
    static String minute(Instant instant) {
        return MINUTE.format(instant);
    }

    /** How long ago, in its largest unit. */
    static String age(Instant instant) {
        return shortly(Duration.between(instant, Instant.now()));
    }

    /** In its largest unit, such as {@code 12 ms}, {@code 3.4 s}, {@code 5 min}. */
    static String shortly(Duration duration) {
        long millis = Math.max(0, duration.toMillis());
        if (millis < 1_000) {
            return millis + " ms";
        }
        if (millis < 60_000) {
            return millis % 1_000 == 0 ? millis / 1_000 + " s" : String.format(Locale.ROOT, "%.1f s", millis / 1_000.0);
        }
        if (duration.toMinutes() < 120) {
            return duration.toMinutes() + " min";
        }
        return duration.toHours() < 48 ? duration.toHours() + " h" : duration.toDays() + " days";
    }

    /** As part of a query. */
    static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8);
    }

    /** With separators. */
    static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
