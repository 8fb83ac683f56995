package dev.offstage.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.offstage.job.PermanentFailure;
import dev.offstage.job.RetryLater;

class HttpAnswerTest {

    private static final Instant NOW = Instant.parse("2026-02-03T04:05:06Z");

    @Test
    void whatPostgresqlCannotHoldIsLeftOut() {
        assertThat(new HttpAnswer(500, null, "a\0b").excerpt()).isEqualTo("a b");
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 202, 204})
    void taken(int status) {
        assertThatCode(() -> check(status, "3", "")).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503, 504, 599})
    void timeMendsIt(int status) {
        assertThatThrownBy(() -> check(status, null, "busy")).isInstanceOf(IOException.class)
                .hasMessageContaining("example.com answered " + status + ": busy");
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 400, 401, 403, 404, 410, 413, 422})
    void timeDoesNotMendIt(int status) {
        assertThatThrownBy(() -> check(status, "3", "no such thing"))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("example.com answered " + status + ": no such thing")
                .hasMessageContaining("Ask whoever runs it.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"429; 7; 7", "503; 120; 120", "429; Tue, 03 Feb 2026 04:05:36 GMT; 30",
            "429; Tue, 03 Feb 2026 04:00:00 GMT; 0"})
    void theServerSaysHowLong(int status, String retryAfter, long seconds) {
        RetryLater later = catchThrowableOfType(RetryLater.class, () -> check(status, retryAfter, ""));
        assertThat(later.delay()).isEqualTo(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "-3", "99999999999999999999"})
    void anUnreadableRetryAfterIsNone(String retryAfter) {
        assertThatThrownBy(() -> check(429, retryAfter, "")).isInstanceOf(IOException.class);
    }

    private static void check(int status, String retryAfter, String excerpt) throws IOException {
        new HttpAnswer(status, retryAfter, excerpt).check("example.com", "Ask whoever runs it.", NOW);
    }
}
