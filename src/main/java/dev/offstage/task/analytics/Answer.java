package dev.offstage.task.analytics;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Pattern;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

import dev.offstage.job.PermanentFailure;
import dev.offstage.job.RetryLater;

/**
 * What the collector said to an event.
 *
 * @param status of HTTP
 * @param retryAfter the header Retry-After; null if there is none
 * @param excerpt the beginning of the body
 */
record Answer(int status, String retryAfter, String excerpt) {

    private static final int EXCERPT = 500;
    private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");

    /** The body is read only where it says what is wrong. */
    static Answer of(Response response) throws IOException {
        boolean taken = response.getStatusInfo().getFamily() == Response.Status.Family.SUCCESSFUL;
        return new Answer(response.getStatus(), response.getHeaderString(HttpHeaders.RETRY_AFTER),
                taken ? "" : body(response, EXCERPT));
    }

    /** @param most so many bytes; the rest is not read */
    static String body(Response response, int most) throws IOException {
        if (!response.hasEntity()) {
            return "";
        }
        try (InputStream body = response.readEntity(InputStream.class)) {
            return new String(body.readNBytes(most), StandardCharsets.UTF_8);
        }
    }

    /**
     * Returns if the event was taken (2xx).
     *
     * @throws RetryLater for 429 and 503 that say how long to wait
     * @throws IOException for 408, 429 and 5xx otherwise: time can mend them
     * @throws PermanentFailure for any other status
     */
    void check(Instant now) throws IOException {
        if (status >= 200 && status < 300) {
            return;
        }
        String what = "The analytics collector answered " + status + (excerpt.isBlank() ? "" : ": " + excerpt.strip());
        Optional<Duration> wait = status == 429 || status == 503 ? wait(now) : Optional.empty();
        if (wait.isPresent()) {
            throw new RetryLater(what, wait.get());
        }
        if (status == 408 || status == 429 || status >= 500) {
            throw new IOException(what);
        }
        throw new PermanentFailure(what + (what.endsWith(".") ? "" : ".")
                + " Check offstage.analytics.url and what the collector expects, then redrive this job.");
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
