package dev.offstage.task.notify;

import java.util.UUID;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * The payload of a job that posts one message to one channel in Slack.
 *
 * @param channel the {@link NotificationChannel}
 * @param text as a person wrote it
 */
@RegisterForReflection
public record SlackMessage(UUID channel, String text) {

    /** The name of the job type. */
    public static final String JOB_TYPE = "notify-slack";

    /** @throws IllegalArgumentException if something is missing; the message says what to send */
    public SlackMessage {
        if (channel == null || text == null) {
            throw new IllegalArgumentException(
                    "Send the id of a user's channel as \"channel\", and the message as \"text\".");
        }
    }
}
