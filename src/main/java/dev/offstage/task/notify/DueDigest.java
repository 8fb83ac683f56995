package dev.offstage.task.notify;

import java.util.UUID;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** The payload of a job that hands a user's notifications to the channels when their window has ended. */
@RegisterForReflection
public record DueDigest(UUID userId) {

    /** The name of the job type. */
    public static final String JOB_TYPE = "notify-digest";

    /** @throws IllegalArgumentException if there is no user; the message says what to send */
    public DueDigest {
        if (userId == null) {
            throw new IllegalArgumentException("Send the id of a user as \"userId\".");
        }
    }
}
