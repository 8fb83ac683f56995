package dev.offstage.schedule;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.regex.Pattern;

import jakarta.inject.Singleton;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.offstage.job.JobTypes;
import dev.offstage.job.Jobs;
import dev.offstage.job.NewJob;

/** Reads what people write about schedules. */
@Singleton
public class Definitions {

    /** Where in the payload the fire time is, however late the job is enqueued; payloads that do not know it pass it over. */
    private static final String FIRE_TIME = "scheduledFor";
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,99}");

    private final Jobs jobs;
    private final JobTypes types;

    Definitions(Jobs jobs, JobTypes types) {
        this.jobs = jobs;
        this.types = types;
    }

    /**
     * A definition that can fire.
     *
     * @param cron may be null, as any of these: then it is missing
     * @throws InvalidSchedule if the name, or what is to be done, cannot be meant
     */
    public Definition read(String name, String cron, String zone, String type, JsonNode payload, boolean enabled) {
        if (!isName(name)) {
            throw new InvalidSchedule("name",
                    "A schedule's name begins with a letter and holds up to 100 lower-case letters, digits and dashes.");
        }
        Definition definition = new Definition(cron(cron), zone(zone), type(type), payload, enabled);
        check(name, definition);
        return definition;
    }

    static boolean isName(String written) {
        return NAME.matcher(written).matches();
    }

    private static CronExpression cron(String written) {
        if (written == null || written.isBlank()) {
            throw new InvalidSchedule("cron", howToWriteCron());
        }
        try {
            return CronExpression.of(written);
        } catch (IllegalArgumentException e) {
            throw new InvalidSchedule("cron", howToWriteCron() + " " + e.getMessage());
        }
    }

    private static String howToWriteCron() {
        return "Write five fields, such as 30 3 * * 1-5 for half past three from Monday to Friday, or a name such as @daily.";
    }

    private static ZoneId zone(String written) {
        try {
            return ZoneId.of(written == null ? "" : written);
        } catch (DateTimeException e) {
            throw new InvalidSchedule("zone", "Write a time zone such as Europe/Berlin, America/New_York or UTC.");
        }
    }

    private String type(String written) {
        return types.find(written == null ? "" : written)
                .map(JobTypes.Entry::name)
                .orElseThrow(() -> new InvalidSchedule("type", "There is no such job type; there are "
                        + String.join(", ", types.all().stream().map(JobTypes.Entry::name).toList()) + "."));
    }

    private void check(String name, Definition definition) {
        if (definition.payload() == null || !definition.payload().isObject()) {
            throw new InvalidSchedule("payload", "Write a JSON object, such as {}.");
        }
        try {
            jobs.check(job(name, definition, Instant.EPOCH));
        } catch (IllegalArgumentException e) {
            throw new InvalidSchedule("payload", e.getMessage());
        }
    }

    /** The job of a fire time. */
    static NewJob job(String name, Definition definition, Instant fireTime) {
        ObjectNode payload = definition.payload().deepCopy();
        return new NewJob(definition.type(), payload.put(FIRE_TIME, fireTime.toString()), name);
    }
}
