package dev.offstage.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Month;
import java.time.Year;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CronExpressionTest {

    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    private static final ZoneId NEW_YORK = ZoneId.of("America/New_York");

    /** Berlin changes its clocks at 2 on 29 March and at 3 on 25 October 2026, New York at 2 on 8 March and 1 November. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            30 2 * * *   | Europe/Berlin    | 365
            30 2 * * *   | America/New_York | 365
            30 1 * * *   | America/New_York | 365
            0 * * * *    | Europe/Berlin    | 8760
            0 * * * *    | America/New_York | 8760
            30 0-23 * * * | Europe/Berlin   | 8760
            @hourly      | America/New_York | 8760
            */15 * * * * | Europe/Berlin    | 35040
            */15 * * * * | America/New_York | 35040
            30 2 * * SUN | Europe/Berlin    | 52
            30 2 * * 7   | America/New_York | 52
            @weekly      | America/New_York | 52
            @daily       | Europe/Berlin    | 365
            @monthly     | Europe/Berlin    | 12
            @yearly      | Europe/Berlin    | 1
            0 */2 * * *  | Europe/Berlin    | 4380
            0 2,3 * * *  | Europe/Berlin    | 729
            """)
    void firesSoOftenInAYear(String cron, ZoneId zone, int times) {
        List<Instant> fires = fires(cron, zone, start(zone, 2026, 1, 1), start(zone, 2027, 1, 1));

        assertThat(fires).hasSize(times).isSorted();
        assertThat(new HashSet<>(fires)).as("without a repetition").hasSize(times);
    }

    @Test
    void aTimeThatDoesNotComeIsFiredRightAfterTheGap() {
        assertThat(ofDay("30 2 * * *", BERLIN, 3, 29)).containsExactly(Instant.parse("2026-03-29T01:00:00Z"));
        assertThat(ofDay("30 2 * * *", NEW_YORK, 3, 8)).containsExactly(Instant.parse("2026-03-08T07:00:00Z"));
        assertThat(ofDay("0,20,40 2 * * *", BERLIN, 3, 29)).containsExactly(Instant.parse("2026-03-29T01:00:00Z"));
        assertThat(ofDay("0 1-4 * * *", BERLIN, 3, 29)).containsExactly(Instant.parse("2026-03-29T00:00:00Z"),
                Instant.parse("2026-03-29T01:00:00Z"), Instant.parse("2026-03-29T02:00:00Z"));
    }

    @Test
    void ofATimeThatComesTwiceTheFirstIsFired() {
        assertThat(ofDay("30 2 * * *", BERLIN, 10, 25)).containsExactly(Instant.parse("2026-10-25T00:30:00Z"));
        assertThat(ofDay("30 1 * * *", NEW_YORK, 11, 1)).containsExactly(Instant.parse("2026-11-01T05:30:00Z"));
        assertThat(ofDay("0,30 2 * * *", BERLIN, 10, 25)).containsExactly(Instant.parse("2026-10-25T00:00:00Z"),
                Instant.parse("2026-10-25T00:30:00Z"));
        assertThat(CronExpression.of("45 2 * * *").next(Instant.parse("2026-10-25T01:10:00Z"), BERLIN))
                .as("asked in the second of the two hours")
                .contains(Instant.parse("2026-10-26T01:45:00Z"));
    }

    @Test
    void whatIsForEveryHourFollowsRealTime() {
        assertThat(ofDay("0 * * * *", BERLIN, 3, 29)).hasSize(23);
        assertThat(ofDay("0 * * * *", BERLIN, 10, 25)).hasSize(25);
        assertThat(ofDay("*/15 * * * *", NEW_YORK, 3, 8)).hasSize(92);
        assertThat(ofDay("*/15 * * * *", NEW_YORK, 11, 1)).hasSize(100);
        List<Instant> year = fires("30 * * * *", NEW_YORK, start(NEW_YORK, 2026, 1, 1), start(NEW_YORK, 2027, 1, 1));
        for (int i = 1; i < year.size(); i++) {
            assertThat(Duration.between(year.get(i - 1), year.get(i))).isEqualTo(Duration.ofHours(1));
        }
    }

    @Test
    void worksWhereClocksChangeByHalfAnHourOrByADay() {
        ZoneId lordHowe = ZoneId.of("Australia/Lord_Howe");
        assertThat(ofDay("15 2 * * *", lordHowe, 10, 4)).containsExactly(Instant.parse("2026-10-03T15:30:00Z"));
        assertThat(ofDay("45 1 * * *", lordHowe, 4, 5)).containsExactly(Instant.parse("2026-04-04T14:45:00Z"));
        ZoneId apia = ZoneId.of("Pacific/Apia"); // had no 30 December 2011
        assertThat(fires("0 12 * * *", apia, start(apia, 2011, 12, 29), start(apia, 2012, 1, 1))).containsExactly(
                Instant.parse("2011-12-29T22:00:00Z"), Instant.parse("2011-12-30T10:00:00Z"),
                Instant.parse("2011-12-30T22:00:00Z"));
    }

    @Test
    void theNextTimeIsAlwaysLaterThanTheOneBefore() {
        assertThat(next("0 10 * * *", "2026-06-01T10:00:00Z")).contains(Instant.parse("2026-06-02T10:00:00Z"));
        assertThat(next("0 10 * * *", "2026-06-01T10:00:00.500Z")).contains(Instant.parse("2026-06-02T10:00:00Z"));
        assertThat(next("0 10 * * *", "2026-06-01T09:59:59.999999999Z"))
                .contains(Instant.parse("2026-06-01T10:00:00Z"));
        assertThat(next("0 0 29 2 *", "2026-06-01T00:00:00Z")).contains(Instant.parse("2028-02-29T00:00:00Z"));
    }

    @Test
    void ofADayOfMonthAndADayOfWeekEitherWillDo() {
        long days = fires("0 0 13 * FRI", ZoneOffset.UTC, start(ZoneOffset.UTC, 2026, 1, 1),
                start(ZoneOffset.UTC, 2027, 1, 1)).size();

        long expected = Year.of(2026)
                .atDay(1)
                .datesUntil(Year.of(2027).atDay(1))
                .filter(day -> day.getDayOfMonth() == 13 || day.getDayOfWeek().getValue() == 5)
                .count();
        assertThat(days).isEqualTo(expected);
    }

    /** By hand, with a calendar: 1 June 2026 is a Monday. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 9 */100,1-7 * 1 | 2026-06-01 2026-07-06 2026-08-03 2026-09-07 2026-10-05
            0 0 */2 * 1       | 2026-06-01 2026-06-15 2026-06-29 2026-07-13 2026-07-27
            0 0 1-7 * */100   | 2026-06-07 2026-07-05 2026-08-02 2026-09-06 2026-10-04
            0 0 13 * */5      | 2026-09-13 2026-11-13 2026-12-13 2027-06-13 2027-08-13
            0 0 1,15 * 1      | 2026-06-01 2026-06-08 2026-06-15 2026-06-22 2026-06-29
            0 0 */100 * *     | 2026-06-01 2026-07-01 2026-08-01 2026-09-01 2026-10-01
            0 0 * * */100     | 2026-06-07 2026-06-14 2026-06-21 2026-06-28 2026-07-05
            0 */100 1-7/100 * * | 2026-06-01 2026-07-01 2026-08-01 2026-09-01 2026-10-01
            */100 0 31 */100 * | 2027-01-31 2028-01-31 2029-01-31 2030-01-31 2031-01-31
            0 0 29 2 */6      | 2032-02-29 2048-02-29 2060-02-29 2076-02-29 2088-02-29
            0 0 * * 5-7       | 2026-06-05 2026-06-06 2026-06-07 2026-06-12 2026-06-13
            """)
    void firesOnTheseDays(String cron, String days) {
        List<String> fires = new ArrayList<>();
        Instant time = Instant.parse("2026-05-31T23:59:00Z");
        while (fires.size() < 5) {
            time = CronExpression.of(cron).next(time, ZoneOffset.UTC).orElseThrow();
            fires.add(time.atOffset(ZoneOffset.UTC).toLocalDate().toString());
        }

        assertThat(String.join(" ", fires)).isEqualTo(days);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            * * * * *   | 2020-01-01T00:00:00Z | 2026-06-01T10:20:30Z | 2026-06-01T10:20:00Z
            0 3 * * *   | 2026-05-29T03:00:00Z | 2026-06-01T10:20:30Z | 2026-06-01T03:00:00Z
            0 0 29 2 *  | 1996-02-29T00:00:00Z | 2026-06-01T10:20:30Z | 2024-02-29T00:00:00Z
            0 3 * * *   | 2026-06-01T03:00:00Z | 2026-06-01T03:00:00Z | 2026-06-01T03:00:00Z
            0 3 * * *   | 2026-06-01T03:00:00Z | 2026-06-02T02:59:59Z | 2026-06-01T03:00:00Z
            * 3 1 * *   | 2026-01-01T03:00:00Z | 2026-05-31T10:00:00Z | 2026-05-01T03:59:00Z
            """)
    void theLastOfTimesThatWereMissed(String cron, Instant first, Instant now, Instant last) {
        assertThat(CronExpression.of(cron).last(first, now, ZoneOffset.UTC)).isEqualTo(last);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "every day", "60 * * * *", "* * * *", "* * * * * *", "0 0 31 2 *", "0 0 L * *",
            "*/0 * * * *",
            "@reboot", "0 22-2 * * *"})
    void whatCannotBeMeantIsRefused(String cron) {
        assertThatThrownBy(() -> CronExpression.of(cron)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(".{10,}");
    }

    private static Optional<Instant> next(String cron, String after) {
        return CronExpression.of(cron).next(Instant.parse(after), ZoneOffset.UTC);
    }

    private static List<Instant> ofDay(String cron, ZoneId zone, int month, int day) {
        LocalDate date = LocalDate.of(2026, Month.of(month), day);
        return fires(cron, zone, date.atStartOfDay(zone).toInstant(), date.plusDays(1).atStartOfDay(zone).toInstant());
    }

    private static Instant start(ZoneId zone, int year, int month, int day) {
        return LocalDateTime.of(year, month, day, 0, 0).atZone(zone).toInstant();
    }

    /** With a clock that goes from one fire to the next, from a time up to another one. */
    private static List<Instant> fires(String cron, ZoneId zone, Instant from, Instant to) {
        CronExpression expression = CronExpression.of(cron);
        List<Instant> fires = new ArrayList<>();
        Instant next = expression.next(from.minusNanos(1), zone).orElseThrow();
        while (next.isBefore(to)) {
            fires.add(next);
            next = expression.next(next, zone).orElseThrow();
        }
        return fires;
    }
}
