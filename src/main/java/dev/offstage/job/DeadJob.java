package dev.offstage.job;

import java.time.Instant;
import java.util.UUID;

/**
 * A job that has just failed for good.
 *
 * @param attempts how many there were
 * @param errorMessage never null
 */
public record DeadJob(UUID id, String type, String key, int attempts, Instant failedAt, String errorClass,
        String errorMessage) {}
