package dev.offstage.schedule;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a schedule does.
 *
 * @param zone in which the expression's times are meant
 * @param type of the jobs that it enqueues
 * @param payload of these jobs, an object
 * @param enabled whether it fires
 */
public record Definition(CronExpression cron, ZoneId zone, String type, JsonNode payload, boolean enabled) {

    /** The first fire time after an instant; empty if it does not fire. */
    Optional<Instant> next(Instant after) {
        return enabled ? cron.next(after, zone) : Optional.empty();
    }

    /** The last fire time up to an instant, from one that is due. */
    Instant last(Instant due, Instant until) {
        return cron.last(due, until, zone);
    }
}
