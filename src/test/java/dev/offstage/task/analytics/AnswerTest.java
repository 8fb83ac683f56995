package dev.offstage.task.analytics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.offstage.job.Attempt;
import dev.offstage.job.PermanentFailure;
import dev.offstage.job.RetryLater;

class AnswerTest {

    private static final Instant NOW = Instant.parse("2026-02-03T04:05:06Z");

    @ParameterizedTest
    @ValueSource(ints = {200, 202, 204})
    void taken(int status) {
        assertThatCode(() -> new Answer(status, "3", "").check(NOW)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503, 504, 599})
    void timeMendsIt(int status) {
        assertThatThrownBy(() -> new Answer(status, null, "busy").check(NOW)).isInstanceOf(IOException.class)
                .hasMessageContaining(status + ": busy");
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 400, 401, 403, 404, 410, 413, 422})
    void timeDoesNotMendIt(int status) {
        assertThatThrownBy(() -> new Answer(status, "3", "no such thing").check(NOW))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining(status + ": no such thing")
                .hasMessageContaining("offstage.analytics.url");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"429; 7; 7", "503; 120; 120", "429; Tue, 03 Feb 2026 04:05:36 GMT; 30",
            "429; Tue, 03 Feb 2026 04:00:00 GMT; 0"})
    void theCollectorSaysHowLong(int status, String retryAfter, long seconds) {
        RetryLater later = catchThrowableOfType(RetryLater.class, () -> new Answer(status, retryAfter, "").check(NOW));
        assertThat(later.delay()).isEqualTo(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "-3", "99999999999999999999"})
    void anUnreadableRetryAfterIsNone(String retryAfter) {
        assertThatThrownBy(() -> new Answer(429, retryAfter, "").check(NOW)).isInstanceOf(IOException.class);
    }

    @Test
    void theEventIsSegments() {
        UUID job = UUID.randomUUID();
        UUID user = UUID.randomUUID();
        AnalyticsSync.Payload payload = new AnalyticsSync.Payload(user, "ada@example.com", null, NOW);
        Collector.Event event = AnalyticsSync.event(new Attempt<>(job, 1, payload, NOW.plusSeconds(1), null));
        assertThat(event.event()).isEqualTo("Signed Up");
        assertThat(event.userId()).isEqualTo(user.toString());
        assertThat(event.messageId()).isEqualTo(job.toString());
        assertThat(event.timestamp()).isEqualTo(NOW);
        assertThat(event.properties()).containsOnlyKeys("email");
    }

    @Test
    void theCollectorMustBeSet() {
        assertThatThrownBy(() -> AnalyticsSync.collectorAddress(Optional.empty())).hasMessageContaining("set it")
                .hasMessageContaining("offstage.analytics.url")
                .hasMessageContaining("OFFSTAGE_ANALYTICS_URL");
        assertThatThrownBy(() -> AnalyticsSync.collectorAddress(Optional.of("collector")))
                .hasMessageContaining("http://");
        assertThat(AnalyticsSync.collectorAddress(Optional.of("http://localhost:8026"))).hasPort(8026);
    }
}
