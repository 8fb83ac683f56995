package dev.offstage.queue.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.offstage.background.ManualTimer;
import dev.offstage.job.ledger.OutboxByHand;
import dev.offstage.job.ledger.OutboxEntry;
import dev.offstage.storage.Dependencies;

/** When entries that Kafka has got are taken out of the outbox. */
class PublishedEntriesTest {

    private static final Duration DELAY = Duration.ofMillis(500);

    private final ManualTimer timer = new ManualTimer();
    private final OutboxByHand outbox = new OutboxByHand();
    private final PublishedEntries published = new PublishedEntries(outbox, timer, new Dependencies("none"));
    private final OutboxEntry one = entry("one");
    private final OutboxEntry two = entry("two");

    private static OutboxEntry entry(String key) {
        return OutboxEntry.of(List.of(OutboxByHand.queued(key))).get(0);
    }

    @Test
    void anEntryIsTakenOutALittleAfterItWasPublished() throws Exception {
        published.add(List.of(one));

        published.step();

        assertThat(timer.slept()).containsExactly(DELAY);
        assertThat(outbox.published()).containsExactly(one.id());
    }

    @Test
    void thoseThatAreDueTogetherAreTakenOutTogether() throws Exception {
        published.add(List.of(one));
        published.add(List.of(two));

        published.step();

        assertThat(outbox.published()).containsExactly(one.id(), two.id());
    }

    @Test
    void oneThatIsDueLaterIsTakenOutLater() throws Exception {
        published.add(List.of(one));
        timer.advance(DELAY);
        published.add(List.of(two));

        published.step();
        assertThat(outbox.published()).containsExactly(one.id());
        published.step();

        assertThat(outbox.published()).containsExactly(one.id(), two.id());
    }

    @Test
    void whatPostgresqlRefusesIsTriedAgain() throws Exception {
        published.add(List.of(one));
        outbox.fail(new SQLException("made up", "08006"));
        published.step();
        assertThat(timer.slept()).contains(Duration.ofMillis(500));
        outbox.fail(null);

        published.step();

        assertThat(outbox.published()).containsExactly(one.id());
    }

    /** Its job is published once more, and recognised as a repeat. */
    @Test
    void invariant11WhatMeetsAnErrorIsLeftAndTheNextIsTakenOut() throws Exception {
        published.add(List.of(one));
        outbox.fail(new OutOfMemoryError("made up"));
        assertThatThrownBy(published::step).isInstanceOf(OutOfMemoryError.class);
        outbox.fail(null);
        published.add(List.of(two));

        published.step();

        assertThat(outbox.published()).containsExactly(two.id());
    }

    @Test
    void theRestIsTakenOutAtTheEndWithoutDelay() throws Exception {
        published.add(List.of(one, two));

        published.stop();

        assertThat(outbox.published()).containsExactly(one.id(), two.id());
        assertThat(timer.slept()).isEmpty();
    }

    @Test
    void whatWaitedForPostgresqlIsTakenOutAtTheEndToo() throws Exception {
        published.add(List.of(one));
        outbox.fail(new SQLException("made up", "08006"));
        published.step();
        outbox.fail(null);
        published.add(List.of(two));

        published.stop();

        assertThat(outbox.published()).containsExactlyInAnyOrder(one.id(), two.id());
    }
}
