package dev.offstage.queue.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

import dev.offstage.background.ManualTimer;
import dev.offstage.config.ConfigByHand;
import dev.offstage.job.JobState;
import dev.offstage.job.ledger.Failure;
import dev.offstage.job.ledger.JobsEnqueued;
import dev.offstage.job.ledger.OutboxByHand;
import dev.offstage.job.ledger.OutboxEntry;
import dev.offstage.job.ledger.OutboxJob;
import dev.offstage.queue.PartsByHand;
import dev.offstage.queue.Publisher;
import dev.offstage.storage.Dependencies;

/** The relay's threads, step by step, with an outbox in memory and Kafka's own stand-in for its producer. */
class RelayTest {

    private static final Failure FAILURE = new Failure(5, Instant.EPOCH, Instant.EPOCH, "made.Up", "made up");

    private final ManualTimer timer = new ManualTimer();
    private final OutboxByHand outbox = new OutboxByHand();
    private final MockProducer<byte[], byte[]> producer = PartsByHand.producer();
    private final Dependencies dependencies = new Dependencies("none");
    private final PublishedEntries published = new PublishedEntries(outbox, timer, dependencies);
    private final Relay relay = new Relay(outbox, new Publisher(producer), PartsByHand.format(), PartsByHand.spans(),
            published, timer, ConfigByHand.with(Map.of("offstage.relay.queue", "3")), dependencies, null);

    private List<String> topics() {
        return producer.history().stream().map(ProducerRecord::topic).toList();
    }

    private List<String> keys() {
        return producer.history().stream().map(record -> new String(record.key(), UTF_8)).toList();
    }

    private static JobsEnqueued committed(OutboxJob... jobs) {
        return new JobsEnqueued(List.of(jobs));
    }

    @Test
    void whatIsCommittedHereIsPublishedFromMemory() throws Exception {
        relay.onCommit(committed(OutboxByHand.queued("one"), OutboxByHand.queued("two")));

        relay.publishCommitted();

        assertThat(topics()).containsExactly("scripted", "scripted");
        assertThat(keys()).containsExactly("one", "two");
    }

    @Test
    void memoryHasABoundAndTheSweepBringsTheRest() throws Exception {
        OutboxJob[] four = {OutboxByHand.queued("one"), OutboxByHand.queued("two"), OutboxByHand.queued("three"),
                OutboxByHand.queued("four")};
        relay.onCommit(committed(four));
        relay.publishCommitted();
        assertThat(keys()).hasSize(3);

        outbox.lease(false, four[3]);
        relay.sweep();

        assertThat(keys()).containsExactly("one", "two", "three", "four");
    }

    @Test
    void aScheduledJobIsLeftToTheSweep() throws Exception {
        UUID id = UUID.randomUUID();
        OutboxJob later = new OutboxJob(id, "scripted", "later", "{}", 1, JobState.SCHEDULED, Instant.EPOCH,
                Instant.EPOCH, id, null, null, null);
        relay.onCommit(committed(later, OutboxByHand.queued("now")));

        relay.publishCommitted();

        assertThat(keys()).containsExactly("now");
    }

    @Test
    void aDeadJobGoesToTheDeadLettersAndLeavesTheOutboxAtOnce() throws Exception {
        OutboxJob dead = OutboxByHand.dead("dead", FAILURE);
        outbox.lease(false, dead);

        relay.sweep();

        assertThat(topics()).containsExactly("scripted.dlq");
        assertThat(outbox.published()).containsExactly(dead.entry());
    }

    @Test
    void invariant2WhatKafkaDoesNotTakeIsDueAgain() throws Exception {
        OutboxJob job = OutboxByHand.queued("one");
        outbox.lease(false, job);
        producer.sendException = new TimeoutException("made up");

        relay.sweep();

        assertThat(outbox.givenBack()).containsExactly(job);
        assertThat(outbox.backOffs()).as("Kafka may be back at once").containsExactly(Duration.ZERO);
        assertThat(outbox.published()).isEmpty();
    }

    /** Otherwise it would be first in line at each sweep. */
    @Test
    void invariant10ARecordThatKafkaRefusesWaitsWhileOthersGo() throws Exception {
        OutboxJob job = OutboxByHand.queued("too-large");
        outbox.lease(false, job);
        producer.sendException = new RecordTooLargeException("made up");

        relay.sweep();

        assertThat(outbox.givenBack()).containsExactly(job);
        assertThat(outbox.backOffs()).containsExactly(Duration.ofSeconds(5));
    }

    /** A dead job without a failure: somebody deleted that row. */
    @Test
    void invariant10AJobThatCannotBeWrittenStopsNoOther() throws Exception {
        OutboxJob broken = OutboxByHand.dead("broken", null);
        outbox.lease(false, broken, OutboxByHand.queued("sound"));

        relay.sweep();

        assertThat(keys()).containsExactly("sound");
        assertThat(outbox.givenBack()).containsExactly(broken);
        assertThat(outbox.backOffs()).containsExactly(Duration.ofSeconds(5));
    }

    @Test
    void invariant11AnErrorOfTheOutboxIsToldToTheThread() {
        outbox.fail(new OutOfMemoryError("made up"));

        assertThatThrownBy(relay::sweep).isInstanceOf(OutOfMemoryError.class);
    }

    @Test
    void invariant5AFailureOfPostgresqlLosesNoJobThatKafkaHas() throws Exception {
        outbox.lease(false, OutboxByHand.queued("one"));
        relay.sweep();
        outbox.fail(new SQLException("made up", "08006"));

        published.step();
        assertThat(outbox.published()).isEmpty();
        outbox.fail(null);
        published.step();

        assertThat(outbox.published()).hasSize(1);
    }

    @Test
    void theMoreThereIsToPublishTheLongerTheNextBatchGathers() throws Exception {
        relay.onCommit(committed(OutboxByHand.queued("one")));

        relay.publishCommitted();

        assertThat(timer.slept()).containsExactly(Duration.ZERO);
    }

    /** One job of an entry is refused: the others are in Kafka, and the entry makes way for one of the refused job. */
    @Test
    void invariant10AnEntryIsGivenBackWithoutTheJobsThatKafkaTook() throws Exception {
        OutboxJob sound = OutboxByHand.queued("sound");
        OutboxJob broken = OutboxByHand.dead("broken", null).inEntry(sound.entry());
        outbox.lease(false, sound, broken);

        relay.sweep();
        relay.stop();

        assertThat(keys()).containsExactly("sound");
        assertThat(outbox.givenBack()).containsExactly(broken);
        assertThat(outbox.published()).isEmpty();
    }

    /** Example: an operator's session has locked the row of a scheduled job, which therefore cannot be queued now. */
    @Test
    void invariant10AJobThatIsLockedIsDueAgainAndStopsNoOther() throws Exception {
        OutboxJob locked = OutboxByHand.queued("locked");
        outbox.leaseBesideLocked(locked, OutboxByHand.queued("free"));

        relay.sweep();

        assertThat(keys()).containsExactly("free");
        assertThat(outbox.givenBack()).containsExactly(locked);
        assertThat(outbox.backOffs()).containsExactly(Duration.ofSeconds(5));
    }

    @Test
    void anEntryOfWhichNoJobWaitsIsTakenOut() throws Exception {
        OutboxEntry ended = new OutboxEntry(UUID.randomUUID(), List.of());
        outbox.leaseEntry(ended);

        relay.sweep();
        relay.stop();

        assertThat(keys()).isEmpty();
        assertThat(outbox.published()).containsExactly(ended.id());
    }

    @Test
    void aRelayThatNeverStartedStops() {
        relay.stop();

        assertThat(outbox.published()).isEmpty();
    }
}
