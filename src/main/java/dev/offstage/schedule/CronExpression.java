package dev.offstage.schedule;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Map;
import java.util.Optional;
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
 * week are named, either will do.
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

    private final String written;
    private final ExecutionTime times;
    private final boolean everyHour;

    private CronExpression(String written, ExecutionTime times, boolean everyHour) {
        this.written = written;
        this.times = times;
        this.everyHour = everyHour;
    }

    /** @throws IllegalArgumentException that says what is wrong with it */
    public static CronExpression of(String written) {
        if (written.length() > LONGEST) {
            throw new IllegalArgumentException("It is longer than " + LONGEST + " characters.");
        }
        CronParser parser = new CronParser(UNIX);
        Cron cron = parser.parse(NAMED.getOrDefault(written.strip(), written));
        String hours = cron.retrieve(CronFieldName.HOUR).getExpression().asString();
        CronExpression expression = new CronExpression(written.strip(), ExecutionTime.forCron(cron),
                isEveryHour(ExecutionTime.forCron(parser.parse("0 " + hours + " * * *"))));
        if (expression.nextLocal(ANY_DAY).isEmpty()) {
            throw new IllegalArgumentException("There is no such day in any year.");
        }
        return expression;
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
        return times.nextExecution(after.truncatedTo(ChronoUnit.MINUTES).atZone(ZoneOffset.UTC))
                .map(ZonedDateTime::toLocalDateTime);
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
