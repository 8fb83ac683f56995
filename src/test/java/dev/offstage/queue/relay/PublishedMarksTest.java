package dev.offstage.queue.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.offstage.background.ManualTimer;
import dev.offstage.job.ledger.OutboxByHand;
import dev.offstage.job.ledger.OutboxJob;
import dev.offstage.storage.Dependencies;

/** What PostgreSQL is told of published jobs, and when. */
class PublishedMarksTest {

    private static final Duration DELAY = Duration.ofSeconds(1);

    private final ManualTimer timer = new ManualTimer();
    private final OutboxByHand outbox = new OutboxByHand();
    private final PublishedMarks marks = new PublishedMarks(outbox, timer, new Dependencies("none"));
    private final OutboxJob one = OutboxByHand.queued("one");
    private final OutboxJob two = OutboxByHand.queued("two");

    @Test
    void aJobIsToldOfASecondAfterItWasPublished() throws Exception {
        marks.add(List.of(one));

        marks.step();

        assertThat(timer.slept()).containsExactly(DELAY);
        assertThat(outbox.published()).containsExactly(one.version());
    }

    @Test
    void thoseThatAreDueTogetherAreToldOfTogether() throws Exception {
        marks.add(List.of(one));
        marks.add(List.of(two));

        marks.step();

        assertThat(outbox.published()).containsExactly(one.version(), two.version());
    }

    @Test
    void oneThatIsDueLaterIsToldOfLater() throws Exception {
        marks.add(List.of(one));
        timer.advance(DELAY);
        marks.add(List.of(two));

        marks.step();
        assertThat(outbox.published()).containsExactly(one.version());
        marks.step();

        assertThat(outbox.published()).containsExactly(one.version(), two.version());
    }

    @Test
    void whatPostgresqlDoesNotTakeIsToldAgain() throws Exception {
        marks.add(List.of(one));
        outbox.fail(new SQLException("made up", "08006"));
        marks.step();
        assertThat(timer.slept()).contains(Duration.ofMillis(500));
        outbox.fail(null);

        marks.step();

        assertThat(outbox.published()).containsExactly(one.version());
    }

    /** Its job is published once more, and recognised as a repeat. */
    @Test
    void invariant11WhatMeetsAnErrorIsForgottenAndTheNextIsTold() throws Exception {
        marks.add(List.of(one));
        outbox.fail(new OutOfMemoryError("made up"));
        assertThatThrownBy(marks::step).isInstanceOf(OutOfMemoryError.class);
        outbox.fail(null);
        marks.add(List.of(two));

        marks.step();

        assertThat(outbox.published()).containsExactly(two.version());
    }

    @Test
    void theRestIsToldAtTheEndWithoutDelay() throws Exception {
        marks.add(List.of(one, two));

        marks.stop();

        assertThat(outbox.published()).containsExactly(one.version(), two.version());
        assertThat(timer.slept()).isEmpty();
    }

    @Test
    void whatWaitedForPostgresqlIsToldAtTheEndToo() throws Exception {
        marks.add(List.of(one));
        outbox.fail(new SQLException("made up", "08006"));
        marks.step();
        outbox.fail(null);
        marks.add(List.of(two));

        marks.stop();

        assertThat(outbox.published()).containsExactlyInAnyOrder(one.version(), two.version());
    }
}
