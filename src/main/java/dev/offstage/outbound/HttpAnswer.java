package dev.offstage.outbound;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Pattern;

import dev.offstage.job.PermanentFailure;
import dev.offstage.job.RetryLater;

/**
 * What an HTTP server said to a request.
 *
 * @param status of HTTP
 * @param retryAfter the header Retry-After; null if there is none
 * @param excerpt the beginning of the body
 */
public record HttpAnswer(int status, String retryAfter, String excerpt) {

    private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");

    /** PostgreSQL's text, in which the excerpt may end, holds no NUL. */
    public HttpAnswer {
        excerpt = excerpt.replace('\0', ' ');
    }

    /**
     * Returns if the request was taken (2xx).
     *
     * @param who answered, for the message
     * @param advice what to do about a permanent failure, for the message
     * @param now for a Retry-After that is a date
     * @throws RetryLater for 429 and 503 that say how long to wait
     * @throws IOException for 408, 429 and 5xx otherwise: time can mend them
     * @throws PermanentFailure for any other status
     */
    public void check(String who, String advice, Instant now) throws IOException {
        if (status >= 200 && status < 300) {
            return;
        }
        String what = who + " answered " + status + (excerpt.isBlank() ? "" : ": " + excerpt.strip());
        Optional<Duration> wait = status == 429 || status == 503 ? wait(now) : Optional.empty();
        if (wait.isPresent()) {
            throw new RetryLater(what, wait.get());
        }
        if (status == 408 || status == 429 || status >= 500) {
            throw new IOException(what);
        }
        throw new PermanentFailure(what + (what.endsWith(".") ? " " : ". ") + advice);
    }

    /** Seconds or a date (RFC 9110 section 10.2.3); empty if the header is missing or neither. */
    private Optional<Duration> wait(Instant now) {
        if (retryAfter == null) {
            return Optional.empty();
        }
        String value = retryAfter.strip();
        if (SECONDS.matcher(value).matches()) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
        }
        try {
            Instant date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
            return Optional.of(date.isAfter(now) ? Duration.between(now, date) : Duration.ZERO);
        } catch (DateTimeException neitherSecondsNorDate) {
            return Optional.empty();
        }
    }
}
