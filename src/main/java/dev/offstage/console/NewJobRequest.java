package dev.offstage.console;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

import jakarta.ws.rs.NotFoundException;

import io.quarkus.runtime.configuration.DurationConverter;

import com.fasterxml.jackson.databind.JsonNode;

import dev.offstage.http.InvalidField;
import dev.offstage.job.JobTypes;
import dev.offstage.job.NewJob;
import dev.offstage.job.ledger.Numbers;
import dev.offstage.job.ledger.Text;

/**
 * A job that somebody wants to be done.
 *
 * @param type the name of a job type
 * @param payload what the type's handler reads
 * @param runAt not before, such as 2026-01-31T12:00:00Z; null for at once
 * @param delay not before so long from now, such as 90s, 15m, 2h or PT1H30M; null for at once
 * @param key jobs with one key travel on one partition; null for one of their own
 * @param uniqueKey while a job of this type with this key is open, there is no other; null for none
 */
public record NewJobRequest(String type, JsonNode payload, String runAt, String delay, String key, String uniqueKey) {

    private static final int LONGEST_TYPE = 100;
    private static final int LONGEST_KEY = 1_000;
    private static final int LONGEST_UNIQUE_KEY = 200;
    private static final Duration LONGEST_WAIT = Duration.ofDays(3_650);

    /**
     * @param prefix of the fields' names in errors
     * @throws NotFoundException if there is no such type
     * @throws InvalidField if a field is not valid
     */
    NewJob toNewJob(JobTypes types, Instant now, String prefix) {
        if (type == null || type.isBlank()) {
            throw new InvalidField(prefix + "type", "Send the name of a job type: GET /types lists them.");
        }
        if (types.all().stream().noneMatch(known -> known.name().equals(type))) {
            throw new NotFoundException("There is no job type " + quoted(type)
                    + (prefix.isEmpty() ? "" : ", as " + prefix + "type says") + "; there are "
                    + String.join(", ", types.all().stream().map(JobTypes.Entry::name).toList()) + ".");
        }
        if (payload == null || !payload.isObject()) {
            throw new InvalidField(prefix + "payload", "Send a JSON object here.");
        }
        if (!Numbers.areFinite(payload)) {
            throw new InvalidField(prefix + "payload", "It holds a number that is too large: send it as text.");
        }
        return new NewJob(type, payload,
                key == null ? UUID.randomUUID().toString() : text(prefix + "key", key, LONGEST_KEY), start(now, prefix),
                uniqueKey == null ? null : text(prefix + "uniqueKey", uniqueKey, LONGEST_UNIQUE_KEY));
    }

    private static String quoted(String type) {
        return type.length() <= LONGEST_TYPE ? type : type.substring(0, LONGEST_TYPE) + "…";
    }

    private static String text(String field, String value, int longest) {
        if (value.isEmpty() || value.length() > longest || value.indexOf('\0') >= 0 || !Text.isWellFormed(value)) {
            throw new InvalidField(field,
                    "Send 1 to " + longest + " characters, none of them NUL or half a surrogate pair.");
        }
        return value;
    }

    private Instant start(Instant now, String prefix) {
        if (runAt != null && delay != null) {
            throw new InvalidField(prefix + "delay", "Send either runAt or delay.");
        }
        if (runAt != null) {
            return bounded(now, instant(prefix + "runAt"), prefix + "runAt");
        }
        Duration wait = delay == null ? Duration.ZERO : duration(prefix + "delay");
        return wait.isZero() ? null : now.plus(wait);
    }

    private static Instant bounded(Instant now, Instant start, String field) {
        if (start.isAfter(now.plus(LONGEST_WAIT))) {
            throw new InvalidField(field, "A job can wait for ten years at the most.");
        }
        return start;
    }

    private Instant instant(String field) {
        try {
            return Instant.parse(runAt);
        } catch (DateTimeException e) {
            throw new InvalidField(field, "Send a time such as 2026-01-31T12:00:00Z.");
        }
    }

    private Duration duration(String field) {
        try {
            Duration duration = DurationConverter.parseDuration(delay);
            if (duration != null && !duration.isNegative() && duration.compareTo(LONGEST_WAIT) <= 0) {
                return duration;
            }
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw notADuration(field);
        }
        throw notADuration(field);
    }

    private static InvalidField notADuration(String field) {
        return new InvalidField(field, "Send a duration such as 90s, 15m, 2h or PT1H30M, of ten years at the most.");
    }
}
