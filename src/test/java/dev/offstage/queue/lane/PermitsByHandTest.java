package dev.offstage.queue.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import dev.offstage.background.ManualTimer;
import dev.offstage.config.RateLimit;

/** A lane's permits with a bucket and a time of the test's own. */
class PermitsByHandTest {

    private static final Optional<RateLimit> TEN_A_SECOND = Optional.of(RateLimit.of("10/s"));

    private final ManualTimer timer = new ManualTimer();
    private final Deque<Permits.Taken> bucket = new ArrayDeque<>();
    private final List<Long> wanted = new ArrayList<>();
    private final Permits permits = new Permits(this::take, "scripted", Runnable::run, timer);
    private final List<Long> starts = new ArrayList<>();
    private Optional<RateLimit> limit = TEN_A_SECOND;

    private Permits.Taken take(String type, RateLimit of, long most) {
        wanted.add(most);
        Permits.Taken taken = bucket.poll();
        return taken == null ? new Permits.Taken(0, Duration.ofHours(1)) : taken;
    }

    /** Starts all that may start, as a lane does. */
    private void proceed() {
        while (permits.take(limit, this::proceed)) {
            starts.add(timer.nanoTime());
            if (starts.size() > 1_000) {
                throw new IllegalStateException("There is no end to it.");
            }
        }
    }

    private void fill(long... permitsOfEachLook) {
        for (long some : permitsOfEachLook) {
            bucket.add(new Permits.Taken(some, Duration.ZERO));
        }
    }

    @Test
    void withoutALimitEveryStartIsAllowed() {
        limit = Optional.empty();

        for (int i = 0; i < 100; i++) {
            assertThat(permits.take(limit, this::proceed)).isTrue();
        }
        assertThat(wanted).isEmpty();
    }

    @Test
    void theFirstStartWaitsForALookIntoTheBucketAndNoLonger() {
        fill(1);
        proceed();
        assertThat(starts).isEmpty();

        timer.advance(Duration.ZERO);

        assertThat(starts).hasSize(1);
    }

    @Test
    void permitsAreSpentOneIntervalApart() {
        limit = Optional.of(RateLimit.of("100/s"));
        fill(10);
        proceed();

        timer.advance(Duration.ofSeconds(1));

        assertThat(starts).hasSize(10);
        for (int i = 1; i < 10; i++) {
            assertThat(starts.get(i) - starts.get(i - 1)).isGreaterThanOrEqualTo(Duration.ofMillis(10).toNanos());
        }
    }

    @Test
    void oneLookAsksForAsManyAsAreSpentInATenthOfASecond() {
        limit = Optional.of(RateLimit.of("100/s"));
        proceed();
        timer.advance(Duration.ZERO);

        assertThat(wanted).containsExactly(10L);
    }

    @Test
    void anEmptyBucketIsLookedIntoWhenItHasOneAgain() {
        bucket.add(new Permits.Taken(0, Duration.ofSeconds(7)));
        fill(1);
        proceed();

        timer.advance(Duration.ofMillis(6_999));
        assertThat(starts).isEmpty();
        timer.advance(Duration.ofMillis(1));

        assertThat(starts).hasSize(1);
    }

    @Test
    void aBucketThatNobodyCanLookIntoIsTriedAgainEachSecond() {
        for (int i = 0; i < 3; i++) {
            bucket.add(Permits.Taken.NOTHING);
        }
        fill(1);
        proceed();

        timer.advance(Duration.ofMillis(2_999));
        assertThat(wanted).hasSize(3);
        assertThat(starts).isEmpty();
        timer.advance(Duration.ofMillis(1));

        assertThat(starts).hasSize(1);
    }

    /** By the old limit, the next start would be in an hour. */
    @Test
    void aLimitThatIsRaisedHoldsAtOnce() {
        limit = Optional.of(RateLimit.of("1/h"));
        fill(1);
        proceed();
        timer.advance(Duration.ZERO);
        assertThat(starts).hasSize(1);

        limit = TEN_A_SECOND;
        fill(1);
        proceed();
        timer.advance(Duration.ZERO);

        assertThat(starts).hasSize(2);
    }

    @Test
    void permitsOfALimitThatHoldsNoLongerAreNotSpent() {
        limit = Optional.of(RateLimit.of("100/s"));
        fill(10);
        proceed();
        timer.advance(Duration.ZERO);
        int before = starts.size();

        limit = Optional.of(RateLimit.of("1/h"));
        proceed();
        timer.advance(Duration.ofMinutes(59));

        assertThat(starts).hasSize(before);
    }

    @Test
    void anAnswerOfTheOldLimitChangesNothing() {
        proceed(); // a look is on its way
        limit = Optional.of(RateLimit.of("20/s"));
        proceed();
        fill(1, 1);

        timer.advance(Duration.ZERO);

        assertThat(wanted).as("only looks of the new limit").containsOnly(2L);
        assertThat(starts).hasSize(1);
    }

    @Test
    void invariant11AnErrorInALookDoesNotEndTheLane() {
        Permits failing = new Permits(new Permits.Buckets() {
            private int looks;

            @Override
            public Permits.Taken take(String type, RateLimit of, long most) {
                if (looks++ == 0) {
                    throw new OutOfMemoryError("made up");
                }
                return new Permits.Taken(1, Duration.ZERO);
            }
        }, "scripted", Runnable::run, timer);
        List<Boolean> taken = new ArrayList<>();
        Runnable again = () -> taken.add(failing.take(TEN_A_SECOND, () -> {}));
        assertThat(failing.take(TEN_A_SECOND, again)).isFalse();
        assertThatThrownBy(() -> timer.advance(Duration.ZERO)).isInstanceOf(OutOfMemoryError.class);

        timer.advance(Duration.ofSeconds(1));

        assertThat(taken).containsExactly(true);
    }
}
