package dev.offstage.job.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;

import org.junit.jupiter.api.Test;

class OutboxLagTest {

    private static final Instant START = Instant.parse("2026-01-31T03:00:00Z");

    private final OutboxLag lag = new OutboxLag(START);

    @Test
    void isTheAgeOfTheNextJobAtTheLastLook() {
        lag.seen(START.plusSeconds(2), START.plusSeconds(5));

        assertThat(lag.seconds(START.plusSeconds(5))).isEqualTo(3);
        assertThat(lag.seconds(START.plusSeconds(9))).isEqualTo(3);
    }

    @Test
    void isNoneWhileNothingIsDue() {
        lag.seen(null, START.plusSeconds(5));

        assertThat(lag.seconds(START.plusSeconds(10))).isZero();
    }

    @Test
    void growsWhilePostgresqlDoesNotAnswer() {
        lag.seen(null, START.plusSeconds(5));

        assertThat(lag.seconds(START.plusSeconds(65))).isEqualTo(60);
    }

    @Test
    void growsFromTheStartWherePostgresqlHasNeverAnswered() {
        assertThat(lag.seconds(START.plusSeconds(40))).isEqualTo(40);
    }
}
