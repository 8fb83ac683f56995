package dev.offstage.task.webhook;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * The payload of a job that delivers one event to one subscription.
 *
 * @param webhook the subscription
 * @param type the event, such as {@code user.signed-up}
 * @param timestamp when it happened
 * @param data what is told of it
 */
@RegisterForReflection
public record WebhookMessage(UUID webhook, String type, Instant timestamp, Map<String, Object> data) {

    /** The name of the job type. */
    public static final String JOB_TYPE = "webhook";

    /** @throws IllegalArgumentException if something is missing; the message says what to send */
    public WebhookMessage {
        if (webhook == null || type == null || timestamp == null || data == null) {
            throw new IllegalArgumentException(
                    "Send the id of the web hook as \"webhook\", the event as \"type\", when it"
                            + " happened as \"timestamp\", and what is told of it as \"data\".");
        }
    }
}
