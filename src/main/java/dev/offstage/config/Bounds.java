package dev.offstage.config;

import java.time.Duration;

import org.eclipse.microprofile.config.spi.Converter;

import io.quarkus.runtime.configuration.DurationConverter;

/**
 * Refuses settings that are out of bounds while they are read. Bean Validation would say the same with an engine of its own, which
 * takes a seventh of the time until a process is ready.
 */
public final class Bounds {

    /** How many jobs of a type may run at once in a worker, at most. */
    public static final int MOST_AT_ONCE = 10_000;

    private static final int MOST_ROWS = 100_000;

    private Bounds() {
    }

    /**
     * Reads a rate limit; blank text counts as not set. SmallRye Config would find {@link RateLimit#of} by itself, but would
     * not show the message of its exception.
     */
    public static final class Rate implements Converter<RateLimit> {

        @Override
        public RateLimit convert(String value) {
            return value.isBlank() ? null : RateLimit.of(value);
        }
    }

    /** Reads a selection of lanes, for the same reason. */
    public static final class Lanes implements Converter<LaneSelection> {

        @Override
        public LaneSelection convert(String value) {
            return value.isBlank() ? null : LaneSelection.of(value);
        }
    }

    /** A whole number. */
    private abstract static class Whole implements Converter<Integer> {

        private final int lowest;
        private final int highest;

        private Whole(int lowest, int highest) {
            this.lowest = lowest;
            this.highest = highest;
        }

        /** @throws IllegalArgumentException that says which numbers can be set */
        @Override
        public Integer convert(String value) {
            try {
                int number = Integer.parseInt(value.strip());
                if (number >= lowest && number <= highest) {
                    return number;
                }
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(bounds(), e);
            }
            throw new IllegalArgumentException(bounds());
        }

        private String bounds() {
            return "must be a whole number from %d to %d".formatted(lowest, highest);
        }
    }

    /** 1 or more. */
    public static final class Positive extends Whole {
        public Positive() {
            super(1, Integer.MAX_VALUE);
        }
    }

    /** 0 or more. */
    public static final class NotNegative extends Whole {
        public NotNegative() {
            super(0, Integer.MAX_VALUE);
        }
    }

    /** As many records or jobs as the memory of one worker can hold. */
    public static final class InMemory extends Whole {
        public InMemory() {
            super(1, MOST_AT_ONCE);
        }
    }

    /** As many rows as one statement can read within its time limit. */
    public static final class Rows extends Whole {
        public Rows() {
            super(1, MOST_ROWS);
        }
    }

    /** As many replicas as Kafka's protocol can say. */
    public static final class Replication extends Whole {
        public Replication() {
            super(1, Short.MAX_VALUE);
        }
    }

    /** A millisecond or more. */
    public static final class PositiveDuration implements Converter<Duration> {

        /** @throws IllegalArgumentException that says what can be set */
        @Override
        public Duration convert(String value) {
            Duration duration = DurationConverter.parseDuration(value.strip());
            if (duration == null || duration.toMillis() < 1) { // null is what it reads from blanks
                throw new IllegalArgumentException("must be longer than 0");
            }
            return duration;
        }
    }
}
