package dev.offstage.notification;

import java.util.UUID;

/** The payload of a job that hands a user's notifications to the channels when their window has ended. */
public record DueDigest(UUID userId) {

    /** The name of the job type. */
    public static final String JOB_TYPE = "notify-digest";
}
