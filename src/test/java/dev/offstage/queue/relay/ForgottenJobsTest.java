package dev.offstage.queue.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import dev.offstage.background.ManualClock;
import dev.offstage.config.ConfigByHand;
import dev.offstage.job.TypesByHand;
import dev.offstage.job.ledger.OutboxByHand;
import dev.offstage.queue.PartsByHand;
import dev.offstage.queue.TopicsByHand;
import dev.offstage.storage.Dependencies;

/** The search for jobs that Kafka no longer holds, step by step. */
class ForgottenJobsTest {

    private static final UUID FIRST = new UUID(0, 0);

    private final OutboxByHand outbox = new OutboxByHand();
    private final TopicsByHand topics = new TopicsByHand(Map.of());
    private final ManualClock clock = new ManualClock();
    private boolean laneIsDone = true;
    private final ForgottenJobs forgotten = new ForgottenJobs(topics,
            TypesByHand.named("scripted", Duration.ofSeconds(30)), PartsByHand.lag(type -> laneIsDone), outbox,
            clock, ConfigByHand.with(Map.of()), new Dependencies("none"));

    @Test
    void invariant2JobsThatALaneHasReadPastArePublishedAgain() throws Exception {
        outbox.forgot(List.of(7));

        forgotten.search();

        assertThat(outbox.searched()).containsExactly(FIRST);
    }

    @Test
    void whatALaneHasStillBeforeItIsLeftAlone() throws Exception {
        laneIsDone = false;

        forgotten.search();

        assertThat(outbox.searched()).isEmpty();
    }

    @Test
    void manyAreFoundPageByPage() throws Exception {
        outbox.forgot(List.of(5_000, 5_000, 1));

        forgotten.search();

        assertThat(outbox.searched()).hasSize(3);
    }

    /** What came before the last page need not be looked at again, unless Kafka has lost it. */
    @Test
    void theNextSearchGoesOnWhereTheLastOneEnded() throws Exception {
        outbox.forgot(List.of(0, 0));
        forgotten.search();

        forgotten.search();

        assertThat(outbox.searched()).hasSize(3);
        assertThat(outbox.searched().get(2)).isEqualTo(outbox.searched().get(1)).isNotEqualTo(FIRST);
    }

    @Test
    void invariant2ATopicThatWasMadeAnewIsSearchedFromTheBeginning() throws Exception {
        outbox.forgot(List.of(0, 0));
        forgotten.search();
        topics.makeAnew("scripted");

        forgotten.search();

        assertThat(outbox.searched()).hasSize(3).last().isEqualTo(FIRST);
    }

    /** Example: PostgreSQL refuses the claim, and the record is done with. */
    @Test
    void invariant2WhatWasForgottenIsLookedAtUntilItIsNot() throws Exception {
        outbox.forgot(List.of(0, 1, 0));
        forgotten.search();

        forgotten.search();

        assertThat(outbox.searched()).hasSize(4);
        assertThat(outbox.searched().get(3)).isEqualTo(outbox.searched().get(1));
    }

    @Test
    void invariant2OnceAnHourAllAreLookedAtAgain() throws Exception {
        outbox.forgot(List.of(0, 0));
        forgotten.search();
        clock.move(Duration.ofHours(1));

        forgotten.search();

        assertThat(outbox.searched()).hasSize(3).last().isEqualTo(FIRST);
    }

    @Test
    void aProcessThatStopsDoesNotWaitForTheLastPage() {
        outbox.forgot(List.of(5_000, 5_000, 1));
        Thread.currentThread().interrupt();

        assertThatThrownBy(forgotten::search).isInstanceOf(InterruptedException.class);
        assertThat(outbox.searched()).isEmpty();
    }

    @Test
    void invariant5AnOutageOfPostgresqlEndsNoSearch() throws Exception {
        outbox.fail(new SQLException("made up", "08006"));
        forgotten.search();
        outbox.fail(null);

        forgotten.search();

        assertThat(outbox.searched()).containsExactly(FIRST);
    }

    @Test
    void invariant11AnErrorIsToldToTheThread() {
        outbox.fail(new OutOfMemoryError("made up"));

        assertThatThrownBy(forgotten::search).isInstanceOf(OutOfMemoryError.class);
    }
}
