package dev.offstage.task.report;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/**
 * Whole days in UTC.
 *
 * @param from the first day
 * @param to the last day, which is in it
 */
public record Period(LocalDate from, LocalDate to) {

    public static final int MOST_DAYS = 3_660;

    private static final LocalDate EARLIEST = LocalDate.of(1900, 1, 1);
    private static final LocalDate LATEST = LocalDate.of(9999, 12, 31);

    /** @throws IllegalArgumentException if it is none; the message says what to change */
    public Period {
        if (to.isBefore(from)) {
            throw new IllegalArgumentException("The period ends on " + to + ", before it begins on " + from
                    + ": send the earlier day as \"from\" and the later one as \"to\".");
        }
        if (from.isBefore(EARLIEST) || to.isAfter(LATEST)) {
            throw new IllegalArgumentException(
                    "The period must lie between " + EARLIEST + " and " + LATEST + ": send days in between.");
        }
        if (ChronoUnit.DAYS.between(from, to) >= MOST_DAYS) {
            throw new IllegalArgumentException(
                    "The period is longer than " + MOST_DAYS + " days, which is ten years: send a shorter one.");
        }
    }

    /** @return so many whole days, the last of which is over at this instant */
    public static Period before(Instant instant, int days) {
        LocalDate today = LocalDate.ofInstant(instant, ZoneOffset.UTC);
        return new Period(today.minusDays(days), today.minusDays(1));
    }

    /** The instant at which it begins. */
    public Instant start() {
        return from.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /** The instant at which it is over. */
    public Instant end() {
        return to.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    public int days() {
        return (int) ChronoUnit.DAYS.between(from, to) + 1;
    }

    /** @return from 0 on; not of the period if the day is not */
    public int indexOf(LocalDate day) {
        return (int) ChronoUnit.DAYS.between(from, day);
    }

    @Override
    public String toString() {
        return from.equals(to) ? from.toString() : from + " to " + to;
    }
}
