package dev.offstage.job.ledger;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Why and when an attempt failed.
 *
 * @param attempt counts from 1
 * @param startedAt to the millisecond, as all times here
 * @param errorClass the exception's class
 * @param errorMessage never null, at most {@value #MESSAGE_LIMIT} characters
 */
public record Failure(int attempt, Instant startedAt, Instant failedAt, String errorClass, String errorMessage) {

    private static final int MESSAGE_LIMIT = 2_000;

    public Failure {
        startedAt = startedAt.truncatedTo(ChronoUnit.MILLIS);
        failedAt = failedAt.truncatedTo(ChronoUnit.MILLIS);
        errorMessage = Text.shown(errorMessage, MESSAGE_LIMIT);
    }

    public static Failure of(int attempt, Instant startedAt, Instant failedAt, Throwable error) {
        String message = error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
        return new Failure(attempt, startedAt, failedAt, error.getClass().getName(), message);
    }
}
