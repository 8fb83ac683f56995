package dev.offstage.task.analytics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import dev.offstage.job.Attempt;

class AnalyticsSyncTest {

    private static final Instant NOW = Instant.parse("2026-02-03T04:05:06Z");

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
