package dev.offstage.job;

import java.time.Instant;
import java.util.Objects;

/**
 * A job to enqueue.
 *
 * @param type the name of its job type
 * @param payload what Jackson can write and read back as the type's payload
 * @param key jobs with one key travel on one partition
 * @param runAt not before this instant; null for at once
 * @param uniqueKey while a job of this type with this key is open, there is no other; null for none
 */
public record NewJob(String type, Object payload, String key, Instant runAt, String uniqueKey) {

    public NewJob {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(payload, "payload");
        Objects.requireNonNull(key, "key");
    }

    public NewJob(String type, Object payload, String key) {
        this(type, payload, key, null, null);
    }
}
