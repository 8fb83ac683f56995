package dev.offstage.queue.ladder;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import dev.offstage.background.ManualClock;
import dev.offstage.background.ManualTimer;
import dev.offstage.queue.Publisher;
import dev.offstage.queue.RecordFormat;
import dev.offstage.queue.TopicsByHand;
import dev.offstage.storage.Dependencies;

/** The ladder's thread, step by step, with Kafka's own stand-ins for its clients and a time that the test moves. */
class LadderTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration COMMIT = Duration.ofMillis(500);
    private static final TopicPartition SHORT = new TopicPartition("scripted.retry-1s", 0);
    private static final TopicPartition LONG = new TopicPartition("scripted.retry-64s", 0);

    private final ManualClock clock = new ManualClock();
    private final ManualTimer timer = new ManualTimer();
    private final List<Consumer> consumers = new ArrayList<>();
    private MockProducer<byte[], byte[]> producer = producer(true);
    private final Ladder ladder = new Ladder(Map.of(),
            new TopicsByHand(Map.of(SHORT.topic(), SECOND, LONG.topic(), Duration.ofSeconds(64))),
            new Publisher(producer), clock, timer, new RungLateness(new SimpleMeterRegistry()), true,
            new Dependencies("none"), this::newConsumer);

    /** Kafka's stand-in takes every commit; this one refuses those that the test wants refused, and says so at once. */
    private static final class Consumer extends MockConsumer<byte[], byte[]> {

        private final Map<TopicPartition, Long> commits = new HashMap<>();
        private int refusedCommits;

        Consumer() {
            super("earliest");
        }

        @Override
        public synchronized void commitAsync(Map<TopicPartition, OffsetAndMetadata> offsets,
                OffsetCommitCallback callback) {
            if (refusedCommits > 0) {
                refusedCommits--;
                callback.onComplete(offsets, new TimeoutException("made up"));
            } else {
                note(offsets);
                super.commitAsync(offsets, callback);
            }
        }

        @Override
        public synchronized void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets, Duration timeout) {
            note(offsets);
            super.commitSync(offsets, timeout);
        }

        private void note(Map<TopicPartition, OffsetAndMetadata> offsets) {
            offsets.forEach((partition, offset) -> commits.put(partition, offset.offset()));
        }
    }

    private static MockProducer<byte[], byte[]> producer(boolean acknowledges) {
        return new MockProducer<>(acknowledges, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private Consumer newConsumer() {
        Consumer consumer = new Consumer();
        consumers.add(consumer);
        return consumer;
    }

    private Consumer consumer() {
        return consumers.get(consumers.size() - 1);
    }

    private void assign(TopicPartition... partitions) {
        ladder.subscribe();
        consumer().rebalance(List.of(partitions));
        for (TopicPartition partition : partitions) {
            consumer().updateBeginningOffsets(Map.of(partition, 0L));
        }
    }

    /** A record that is due after a time. */
    private void arrive(TopicPartition partition, long offset, Duration wait) {
        RecordHeaders headers = new RecordHeaders();
        headers.add(RecordFormat.DUE_AT, Long.toString(clock.millis() + wait.toMillis()).getBytes(UTF_8));
        consumer().addRecord(new ConsumerRecord<>(partition.topic(), partition.partition(), offset, clock.millis(),
                TimestampType.LOG_APPEND_TIME, 0, 0, ("key-" + offset).getBytes(UTF_8), new byte[0], headers,
                Optional.empty()));
    }

    private void pass(Duration time) throws InterruptedException {
        clock.move(time);
        timer.advance(time);
        ladder.step();
    }

    private List<String> sent() {
        return producer.history().stream().map(record -> new String(record.key(), UTF_8)).toList();
    }

    private long committed(TopicPartition partition) {
        return consumer().commits.getOrDefault(partition, 0L);
    }

    @Test
    void invariant8ARecordIsSentWhenItIsDueAndNotBefore() throws Exception {
        assign(SHORT);
        arrive(SHORT, 0, SECOND);
        ladder.step();
        pass(Duration.ofMillis(999));
        assertThat(sent()).isEmpty();

        pass(Duration.ofMillis(1));

        ProducerRecord<byte[], byte[]> record = producer.history().get(0);
        assertThat(record.topic()).isEqualTo("scripted");
        assertThat(record.headers().lastHeader(RecordFormat.DUE_AT)).isNull();
        assertThat(sent()).containsExactly("key-0");
    }

    @Test
    void invariant8NoRungWaitsForAnother() throws Exception {
        assign(SHORT, LONG);
        arrive(LONG, 0, Duration.ofSeconds(64));
        arrive(SHORT, 1, SECOND);
        ladder.step();

        pass(SECOND);

        assertThat(sent()).containsExactly("key-1");
    }

    @Test
    void invariant8AClockThatJumpsForwardElsewhereHoldsNoRecordLongerThanItsDelay() throws Exception {
        assign(SHORT);
        arrive(SHORT, 0, Duration.ofHours(1));
        ladder.step();

        pass(SECOND);

        assertThat(sent()).containsExactly("key-0");
    }

    @Test
    void aRecordThatDoesNotSayWhenItIsDueDoesNotWait() throws Exception {
        assign(SHORT);
        consumer().addRecord(new ConsumerRecord<>(SHORT.topic(), 0, 0, "key-0".getBytes(UTF_8), new byte[0]));

        ladder.step();

        assertThat(sent()).containsExactly("key-0");
    }

    @Test
    void invariant2AnOffsetIsCommittedWhenItsRecordIsSentAndNotBefore() throws Exception {
        assign(SHORT);
        arrive(SHORT, 0, Duration.ZERO);
        arrive(SHORT, 1, SECOND);
        ladder.step();
        pass(COMMIT);
        assertThat(committed(SHORT)).as("the second one waits").isEqualTo(1);

        pass(COMMIT);
        pass(COMMIT);

        assertThat(committed(SHORT)).isEqualTo(2);
    }

    @Test
    void invariant2WhatKafkaDoesNotTakeIsSentAgainAndNotPassedOver() throws Exception {
        assign(SHORT);
        arrive(SHORT, 0, Duration.ZERO);
        arrive(SHORT, 1, Duration.ZERO);
        producer.sendException = new TimeoutException("made up");
        ladder.step();
        assertThat(sent()).isEmpty();
        pass(COMMIT);
        assertThat(committed(SHORT)).isZero();

        producer.sendException = null;
        pass(COMMIT);
        pass(COMMIT);

        assertThat(sent()).containsExactly("key-0", "key-1");
        assertThat(committed(SHORT)).isEqualTo(2);
    }

    @Test
    void aCommitThatFailsIsMadeWithTheNextOne() throws Exception {
        assign(SHORT);
        consumer().refusedCommits = 1;
        arrive(SHORT, 0, Duration.ZERO);
        ladder.step();
        assertThat(committed(SHORT)).isZero();

        pass(COMMIT);

        assertThat(committed(SHORT)).isEqualTo(1);
    }

    /** Kafka's client tells of an earlier commit while it takes the next one: that of another partition, here. */
    @Test
    void aCommitThatFailedIsMadeThoughItsPartitionHasNothingNew() throws Exception {
        assign(SHORT, LONG);
        consumer().refusedCommits = 1;
        arrive(SHORT, 0, Duration.ZERO);
        ladder.step();
        arrive(LONG, 0, Duration.ZERO);

        pass(COMMIT);

        assertThat(committed(SHORT)).isEqualTo(1);
        assertThat(committed(LONG)).isEqualTo(1);
    }

    /** The commit interval goes by the time in this process. */
    @Test
    void aClockThatJumpsBackDelaysNoCommit() throws Exception {
        assign(SHORT);
        arrive(SHORT, 0, Duration.ZERO);
        ladder.step();
        clock.move(Duration.ofHours(-1));
        arrive(SHORT, 1, Duration.ZERO);
        ladder.step();

        timer.advance(COMMIT);
        ladder.step();

        assertThat(committed(SHORT)).isEqualTo(2);
    }

    @Test
    void invariant2APartitionThatIsTakenAwayWhileARecordWaitsIsCommittedUpToThatRecord() throws Exception {
        assign(SHORT, LONG);
        arrive(LONG, 0, Duration.ZERO);
        arrive(LONG, 1, Duration.ofSeconds(64));
        ladder.step();

        consumer().rebalance(List.of(SHORT));
        pass(Duration.ofSeconds(64));

        assertThat(committed(LONG)).isEqualTo(1);
        assertThat(sent()).as("who has the partition now sends the other one").containsExactly("key-0");
    }

    @Test
    void invariant2OfAPartitionThatIsLostNothingIsCommitted() throws Exception {
        assign(SHORT);
        arrive(SHORT, 0, SECOND);
        ladder.step();

        ladder.onPartitionsLost(List.of(SHORT));
        pass(SECOND);

        assertThat(sent()).isEmpty();
        assertThat(committed(SHORT)).isZero();
    }

    @Test
    void invariant2WhatWasReadWhenMemoryRanOutIsReadAgain() throws Exception {
        ladder.subscribe();
        consumer().schedulePollTask(() -> {
            throw new OutOfMemoryError("made up");
        });
        assertThatThrownBy(ladder::step).isInstanceOf(OutOfMemoryError.class);
        assertThat(consumer().closed()).isTrue();

        assign(SHORT);
        arrive(SHORT, 0, Duration.ZERO);
        ladder.step();

        assertThat(consumers).hasSize(2);
        assertThat(sent()).containsExactly("key-0");
    }

    @Test
    void invariant11AFailureOfKafkaEndsNothing() throws Exception {
        assign(SHORT);
        consumer().setPollException(new KafkaException("made up"));
        ladder.step();
        assertThat(timer.slept()).containsExactly(Duration.ofMillis(500));

        arrive(SHORT, 0, Duration.ZERO);
        ladder.step();

        assertThat(consumers).hasSize(1);
        assertThat(sent()).containsExactly("key-0");
    }

    /** A partition whose records fill their room is read no further until some have left it. */
    @Test
    void aFullRoomIsReadNoFurther() throws Exception {
        assign(LONG);
        for (int offset = 0; offset < 1_200; offset++) {
            arrive(LONG, offset, Duration.ofSeconds(64));
        }
        ladder.step();
        assertThat(consumer().paused()).containsExactly(LONG);

        pass(Duration.ofSeconds(64));

        assertThat(consumer().paused()).isEmpty();
        assertThat(sent()).hasSize(1_200);
    }

    @Test
    void aLadderThatNeverStartedStops() {
        ladder.stop();

        assertThat(consumers).isEmpty();
    }
}
