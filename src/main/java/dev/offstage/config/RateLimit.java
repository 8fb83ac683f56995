package dev.offstage.config;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many attempts of a type may start in a time, across all workers; written {@code 100/s}, {@code 30/m} or {@code 5/h}.
 *
 * @param permits at least 1
 */
public record RateLimit(int permits, Duration per) {

    private static final Pattern WRITTEN = Pattern.compile("([1-9][0-9]{0,6})/([smh])");
    private static final Map<String, Duration> UNITS = Map.of("s", Duration.ofSeconds(1), "m", Duration.ofMinutes(1),
            "h",
            Duration.ofHours(1));

    /** @throws IllegalArgumentException that says how to write it */
    public static RateLimit of(String written) {
        Matcher parts = WRITTEN.matcher(written);
        if (!parts.matches()) {
            throw new IllegalArgumentException("\"" + written + "\" is no rate: write it as 100/s, 30/m or 5/h.");
        }
        return new RateLimit(Integer.parseInt(parts.group(1)), UNITS.get(parts.group(2)));
    }

    /** From one permit to the next. */
    public Duration interval() {
        return per.dividedBy(permits);
    }

    @Override
    public String toString() {
        return permits + "/" + UNITS.entrySet()
                .stream()
                .filter(unit -> unit.getValue().equals(per))
                .findFirst()
                .orElseThrow()
                .getKey();
    }
}
