package dev.offstage.webhook;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/**
 * The payload of a job that delivers one event to one subscription.
 *
 * @param webhook the subscription
 * @param type the event, such as {@code user.signed-up}
 * @param timestamp when it happened
 * @param data what is told of it
 */
public record WebhookMessage(UUID webhook, String type, Instant timestamp, Map<String, Object> data) {

    /** The name of the job type. */
    public static final String JOB_TYPE = "webhook";
}
