package dev.offstage.job;

import java.time.Duration;

/** Thrown by a handler when the other side said how long to wait, such as HTTP 429 with {@code Retry-After}. */
public class RetryLater extends RuntimeException {

    private final Duration delay;

    /** @param delay the next attempt starts no earlier than this; it takes the first rung that is long enough */
    public RetryLater(String message, Duration delay) {
        super(message);
        this.delay = delay;
    }

    public Duration delay() {
        return delay;
    }
}
