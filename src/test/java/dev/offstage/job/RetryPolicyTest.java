package dev.offstage.job;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;

class RetryPolicyTest {

    private static final List<Duration> LADDER = List.of(ofSeconds(1), ofSeconds(4), ofSeconds(16), ofSeconds(64));
    private static final Exception PASSING = new IOException("connection refused");

    private final RetryPolicy policy = new RetryPolicy(0, LADDER);

    @Test
    void eachFailureClimbsOneRung() {
        assertThat(List.of(1, 2, 3, 4)).map(attempt -> policy.after(attempt, PASSING))
                .containsExactlyElementsOf(LADDER.stream().map(RetryPolicy.OnRung::new).toList());
    }

    @Test
    void theFifthFailureIsTheLast() {
        assertThat(policy.after(5, PASSING)).isEqualTo(new RetryPolicy.DeadLetter());
    }

    @Test
    void aPermanentFailureSkipsTheLadder() {
        assertThat(policy.after(1, new PermanentFailure("550 no such user"))).isEqualTo(new RetryPolicy.DeadLetter());
    }

    @Test
    void immediateTriesComeBeforeTheLadder() {
        RetryPolicy eager = new RetryPolicy(2, LADDER);

        assertThat(eager.after(1, PASSING)).isEqualTo(new RetryPolicy.AtOnce());
        assertThat(eager.after(2, PASSING)).isEqualTo(new RetryPolicy.AtOnce());
        assertThat(eager.after(3, PASSING)).isEqualTo(new RetryPolicy.OnRung(ofSeconds(1)));
        assertThat(eager.after(7, PASSING)).isEqualTo(new RetryPolicy.DeadLetter());
    }

    @Test
    void aWaitThatTheOtherSideAskedForPicksARungThatIsLongEnough() {
        assertThat(policy.after(1, new RetryLater("429", ofSeconds(10))))
                .isEqualTo(new RetryPolicy.OnRung(ofSeconds(16)));
        assertThat(policy.after(3, new RetryLater("429", ofSeconds(2))))
                .isEqualTo(new RetryPolicy.OnRung(ofSeconds(16)));
    }

    @Test
    void aWaitLongerThanEveryRungIsSpentInStorageButNeverLongerThanADay() {
        assertThat(policy.after(1, new RetryLater("429", ofSeconds(65))))
                .isEqualTo(new RetryPolicy.InStorage(ofSeconds(65)));
        assertThat(policy.after(1, new RetryLater("429", Duration.ofDays(400))))
                .isEqualTo(new RetryPolicy.InStorage(Duration.ofDays(1)));
    }

    @Test
    void delaysOfMoreThanTenMinutesAreSpentInStorage() {
        RetryPolicy day = new RetryPolicy(0, List.of(ofSeconds(1), Duration.ofMinutes(10), Duration.ofMinutes(11),
                Duration.ofHours(16)));

        assertThat(day.rungs()).containsExactly(ofSeconds(1), Duration.ofMinutes(10));
        assertThat(day.after(2, PASSING)).isEqualTo(new RetryPolicy.OnRung(Duration.ofMinutes(10)));
        assertThat(day.after(3, PASSING)).isEqualTo(new RetryPolicy.InStorage(Duration.ofMinutes(11)));
        assertThat(day.after(4, PASSING)).isEqualTo(new RetryPolicy.InStorage(Duration.ofHours(16)));
        assertThat(day.after(5, PASSING)).isEqualTo(new RetryPolicy.DeadLetter());
        assertThat(day.after(2, new RetryLater("429", Duration.ofMinutes(20))))
                .isEqualTo(new RetryPolicy.InStorage(Duration.ofMinutes(20)));
        assertThat(day.after(3, new RetryLater("429", ofSeconds(2))))
                .isEqualTo(new RetryPolicy.InStorage(Duration.ofMinutes(11)));
    }

    @Test
    void aLadderMustRise() {
        assertThatThrownBy(() -> new RetryPolicy(0, List.of(ofSeconds(4), ofSeconds(1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("each longer than the one before");
        assertThatThrownBy(() -> new RetryPolicy(0, List.of(ofMillis(0)))).isInstanceOf(IllegalArgumentException.class);
    }
}
