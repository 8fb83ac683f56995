package dev.offstage.queue.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

class ResubscriptionTest {

    private final AtomicLong nanos = new AtomicLong();
    private final Resubscription lane = new Resubscription(nanos::get);

    @Test
    void waitsTwiceAsLongEachTimeUpToHalfAMinute() {
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            waits.add(lane.failed().toSeconds());
            lane.opened();
        }

        assertThat(waits).containsExactly(1L, 2L, 4L, 8L, 16L, 30L, 30L);
    }

    @Test
    void isBackWhenItsStreamHasLasted() {
        lane.failed();
        lane.failed();
        lane.opened();
        pass(Duration.ofSeconds(91));

        assertThat(lane.failed()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void isHopelessOnlyAfterMinutesWithoutALastingStream() {
        assertThat(lane.isHopeless()).isFalse();
        lane.failed();
        pass(Duration.ofMinutes(4));
        assertThat(lane.isHopeless()).isFalse();
        lane.opened();
        pass(Duration.ofSeconds(61));
        assertThat(lane.isHopeless()).isTrue();
        pass(Duration.ofSeconds(30));
        assertThat(lane.isHopeless()).isFalse();
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }
}
