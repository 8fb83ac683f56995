package dev.offstage.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.field.CronFieldName;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;

/**
 * When a schedule fires: minute, hour, day of month, month and day of week as in crontab(5), or one of the names
 * {@code @hourly}, {@code @daily}, {@code @weekly}, {@code @monthly} and {@code @yearly}. Where both a day of month and a day of
 * week are named, either will do, unless one of the two fields begins with {@code *}: then both must fit, as in Debian's cron and in
 * cronie. {@code 0 9 *&#47;100,1-7 * 1} is at nine on the first Monday. A step that is larger than its field leaves the first value.
 *
 * <p>On days on which the clocks of its time zone change, an expression goes by this rule:
 * <ul>
 * <li>An expression for every hour of a day ({@code *}, or {@code 0-23}) follows real time: it fires whenever the clock
 * shows one of its times, in the hour that comes twice both times, and never for an hour that does not come.
 * <li>Any other one fires once for each of its times: at the first of two, and for one that does not come right after the
 * gap. If several fall into the gap, or one falls right behind it, all of them are one fire.
 * </ul>
 */
public final class CronExpression {

    private static final CronDefinition UNIX = CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX);
    private static final Map<String, String> NAMED = Map.of(
            "@yearly", "0 0 1 1 *",
            "@annually", "0 0 1 1 *",
            "@monthly", "0 0 1 * *",
            "@weekly", "0 0 * * 0",
            "@daily", "0 0 * * *",
            "@midnight", "0 0 * * *",
            "@hourly", "0 * * * *");
    private static final LocalDateTime ANY_DAY = LocalDateTime.of(2000, 1, 1, 0, 0);
    private static final int LONGEST = 200;
    /** Minute, hour, day of month, month, day of week: the lowest and the highest value of each. */
    private static final int[][] RANGES = {{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}};
    private static final int DAY_OF_MONTH = 2;
    private static final int DAY_OF_WEEK = 4;
    private static final String ANY = "*";
    private static final Pattern STEP = Pattern.compile("(\\*|(\\w+)-\\w+)/(\\d{1,9})");
    /** After so many years the days of the week come back to the same dates, also around a leap year that is none. */
    private static final int MOST_YEARS = 40;

    private final String written;
    private final ExecutionTime times;
    /** The same on the days of the week, where these must fit, too; else null. */
    private final ExecutionTime weekdays;
    private final boolean everyHour;

    private CronExpression(String written, ExecutionTime times, ExecutionTime weekdays, boolean everyHour) {
        this.written = written;
        this.times = times;
        this.weekdays = weekdays;
        this.everyHour = everyHour;
    }

    /** @throws IllegalArgumentException that says what is wrong with it */
    public static CronExpression of(String written) {
        if (written.length() > LONGEST) {
            throw new IllegalArgumentException("It is longer than " + LONGEST + " characters.");
        }
        CronParser parser = new CronParser(UNIX);
        String[] fields = NAMED.getOrDefault(written.strip(), written).strip().split("\\s+");
        boolean both = fields.length == RANGES.length && needsBothDays(fields);
        for (int field = 0; fields.length == RANGES.length && field < fields.length; field++) {
            fields[field] = withoutLongSteps(fields[field], RANGES[field]);
        }
        Cron cron = parser.parse(String.join(" ", fields));
        String hours = cron.retrieve(CronFieldName.HOUR).getExpression().asString();
        CronExpression expression = new CronExpression(written.strip(),
                both ? times(parser, fields, DAY_OF_WEEK) : ExecutionTime.forCron(cron),
                both ? times(parser, fields, DAY_OF_MONTH) : null,
                isEveryHour(ExecutionTime.forCron(parser.parse("0 " + hours + " * * *"))));
        if (expression.nextLocal(ANY_DAY).isEmpty()) {
            throw new IllegalArgumentException("There is no such day in any year.");
        }
        return expression;
    }

    /** The library refuses steps that lead out of the field; for cron they leave the first value. */
    private static String withoutLongSteps(String field, int[] range) {
        return STEP.matcher(field).replaceAll(step -> {
            boolean leadsOut = Integer.parseInt(step.group(3)) > range[1] - range[0];
            String first = step.group(2) == null ? Integer.toString(range[0]) : step.group(2);
            return Matcher.quoteReplacement(leadsOut ? first : step.group());
        });
    }

    /** For the library either will do, unless one of them is a star and no more. */
    private static boolean needsBothDays(String[] fields) {
        return (fields[DAY_OF_MONTH].startsWith(ANY) || fields[DAY_OF_WEEK].startsWith(ANY))
                && !fields[DAY_OF_MONTH].equals(ANY) && !fields[DAY_OF_WEEK].equals(ANY);
    }

    private static ExecutionTime times(CronParser parser, String[] fields, int any) {
        String[] open = fields.clone();
        open[any] = ANY;
        return ExecutionTime.forCron(parser.parse(String.join(" ", open)));
    }

    private static boolean isEveryHour(ExecutionTime hours) {
        return IntStream.range(0, 24).allMatch(hour -> hours.isMatch(ANY_DAY.withHour(hour).atZone(ZoneOffset.UTC)));
    }

    /** The first fire time after an instant; empty if there is none for as long as calendars reach. */
    public Optional<Instant> next(Instant after, ZoneId zone) {
        ZoneRules rules = zone.getRules();
        return everyHour ? nextShown(after, rules) : nextOnce(after, rules);
    }

    /** From one change of the clocks to the next one, they show each time once. */
    private Optional<Instant> nextShown(Instant after, ZoneRules rules) {
        ZoneOffset offset = rules.getOffset(after);
        Optional<LocalDateTime> local = nextLocal(LocalDateTime.ofInstant(after, offset));
        ZoneOffsetTransition change = rules.nextTransition(after);
        while (local.isPresent() && change != null && !local.get().isBefore(change.getDateTimeBefore())) {
            offset = change.getOffsetAfter();
            local = nextLocal(change.getDateTimeAfter().minusNanos(1));
            change = rules.nextTransition(change.getInstant());
        }
        ZoneOffset shown = offset;
        return local.map(time -> time.toInstant(shown));
    }

    private Optional<Instant> nextOnce(Instant after, ZoneRules rules) {
        Optional<LocalDateTime> local = nextLocal(LocalDateTime.ofInstant(after, rules.getOffset(after)));
        while (local.isPresent() && !once(local.get(), rules).isAfter(after)) {
            local = nextLocal(local.get());
        }
        return local.map(time -> once(time, rules));
    }

    /** The first time at which clocks show this one, or have gone past it. */
    private static Instant once(LocalDateTime time, ZoneRules rules) {
        ZoneOffsetTransition change = rules.getTransition(time);
        return change != null && change.isGap()
                ? change.getInstant()
                : time.toInstant(rules.getValidOffsets(time).get(0));
    }

    /** As if clocks were never changed; the library's own rule for the days on which they are is another one. */
    private Optional<LocalDateTime> nextLocal(LocalDateTime after) {
        Optional<LocalDateTime> next = nextLocalOfTimes(after);
        while (weekdays != null && next.isPresent() && !weekdays.isMatch(next.get().atZone(ZoneOffset.UTC))) {
            LocalDateTime endOfDay = next.get().toLocalDate().atTime(LocalTime.MAX);
            next = endOfDay.isAfter(after.plusYears(MOST_YEARS)) ? Optional.empty() : nextLocalOfTimes(endOfDay);
        }
        return next;
    }

    private Optional<LocalDateTime> nextLocalOfTimes(LocalDateTime after) {
        return times.nextExecution(after.truncatedTo(ChronoUnit.MINUTES).atZone(ZoneOffset.UTC))
                .map(ZonedDateTime::toLocalDateTime);
    }

    /**
     * The last fire time up to an instant. Looks back twice as far each time, for there may be millions since the first one.
     *
     * @param first a fire time, not after the instant
     */
    Instant last(Instant first, Instant until, ZoneId zone) {
        Instant last = first;
        Duration back = Duration.ofMinutes(1);
        for (Instant from = until.minus(back); from.isAfter(first); from = until.minus(back)) {
            Optional<Instant> found = next(from, zone).filter(time -> !time.isAfter(until));
            if (found.isPresent()) {
                last = found.get();
                break;
            }
            back = back.multipliedBy(2);
        }
        for (Optional<Instant> next = next(last, zone); next.isPresent()
                && !next.get().isAfter(until); next = next(last, zone)) {
            last = next.get();
        }
        return last;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CronExpression cron && cron.written.equals(written);
    }

    @Override
    public int hashCode() {
        return written.hashCode();
    }

    /** As it was written. */
    @Override
    public String toString() {
        return written;
    }
}
