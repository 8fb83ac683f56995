package dev.offstage.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a record came, by Kafka's answers to eight questions. */
class WaitingSinceTest {

    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
    private static final long OFFSET = 41;

    /** Kafka says which is the first offset since a time: here that of the record, or the next one's. */
    @ParameterizedTest
    @ValueSource(longs = {3, 10, 100, 3_600, 86_400, 7_000_000})
    void theAgeIsFoundToAnEighth(long seconds) {
        Instant came = NOW.minusSeconds(seconds);
        WaitingSince since = new WaitingSince(NOW, OFFSET);

        for (int i = 0; i < WaitingSince.QUESTIONS; i++) {
            since.answered(since.question().isAfter(came) ? OFFSET + 1 : OFFSET);
        }

        Duration found = Duration.between(since.latest(), NOW);
        assertThat(found).isLessThanOrEqualTo(Duration.ofSeconds(seconds))
                .isGreaterThanOrEqualTo(Duration.ofMillis(seconds * 1_000 * 7 / 8 - 1_000));
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, OFFSET + 1})
    void aRecordOlderThanAllTimesThatAreAskedForIsMonthsOld(long answer) {
        WaitingSince since = new WaitingSince(NOW, OFFSET);

        for (int i = 0; i < WaitingSince.QUESTIONS; i++) {
            since.answered(answer);
        }

        assertThat(since.latest()).isBefore(NOW.minus(Duration.ofDays(300)));
    }
}
