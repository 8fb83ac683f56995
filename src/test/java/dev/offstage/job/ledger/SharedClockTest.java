package dev.offstage.job.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.api.Test;

class SharedClockTest {

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final Duration ROUND_TRIP = Duration.ofMillis(10);

    @Test
    void aClockThatMayBeRightIsLeftAlone() {
        assertThat(look(Duration.ZERO, Duration.ofMillis(3))).isZero();
        assertThat(look(Duration.ofMillis(-2), Duration.ofMillis(3))).isEqualTo(Duration.ofMillis(-2));
    }

    @Test
    void aClockThatIsBehindIsMovedForward() {
        Duration behind = Duration.ofSeconds(90);

        assertThat(look(Duration.ZERO, behind)).isBetween(behind.minus(ROUND_TRIP), behind);
    }

    @Test
    void aClockThatIsAheadIsMovedBack() {
        Duration ahead = Duration.ofSeconds(-90);

        assertThat(look(Duration.ZERO, ahead)).isBetween(ahead.minus(ROUND_TRIP), ahead);
    }

    @Test
    void aSlowAnswerMovesNothing() {
        Duration present = Duration.ofSeconds(90);
        Instant before = NOW.minus(present);

        assertThat(SharedClock.corrected(present, before, NOW.plusMillis(900), before.plusSeconds(1)))
                .isEqualTo(present);
    }

    /** A look with this difference between the clocks, read at the beginning of the round trip. */
    private static Duration look(Duration present, Duration difference) {
        return SharedClock.corrected(present, NOW, NOW.plus(difference), NOW.plus(ROUND_TRIP));
    }
}
