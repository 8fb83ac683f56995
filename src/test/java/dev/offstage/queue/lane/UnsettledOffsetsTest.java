package dev.offstage.queue.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** An offset may be committed past what is no record, and never past a record that is not settled. */
class UnsettledOffsetsTest {

    private static final TopicPartition PARTITION = new TopicPartition("mail", 3);

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger calls = new AtomicInteger();
    private final UnsettledOffsets offsets = new UnsettledOffsets(nanos::get);

    @Test
    void aMarkerBehindTheLastSettledRecordIsToBeCommittedWhenAllIsQuiet() {
        offsets.onBehind(calls::incrementAndGet);
        poll(8, 5L, 6L);
        offsets.settled(PARTITION, 6);
        assertThat(offsets.areAnyBehind()).isFalse();

        offsets.settled(PARTITION, 5);

        assertThat(calls).hasValue(1);
        assertThat(offsets.areAnyBehind()).isTrue();
        assertThat(offsets.behind()).isEmpty();
        pass();
        assertThat(offsets.behind()).isEqualTo(Map.of(PARTITION, 8L));
        offsets.committed(PARTITION, 8);
        assertThat(offsets.areAnyBehind()).isFalse();
    }

    @Test
    void whereTheLastThingIsARecordNothingIsAdded() {
        offsets.onBehind(calls::incrementAndGet);
        poll(7, 5L, 6L);
        offsets.settled(PARTITION, 5);
        offsets.settled(PARTITION, 6);
        pass();

        assertThat(offsets.behind()).isEmpty();
        assertThat(calls).hasValue(0);
    }

    @Test
    void whatWasReadAndNotSettledHoldsTheOffsetBack() {
        poll(6, 5L);
        poll(7);
        poll(9, 7L);
        offsets.settled(PARTITION, 7);
        pass();

        assertThat(offsets.behind()).isEmpty();
    }

    /** The same record is read again after a rebalance: the first delivery of it may end after that. */
    @Test
    void aPartitionThatComesBackBeginsAnew() {
        poll(8, 5L, 6L);
        offsets.forget(List.of(PARTITION));
        offsets.settled(PARTITION, 5);
        pass();
        assertThat(offsets.behind()).isEmpty();

        poll(8, 5L, 6L);
        offsets.settled(PARTITION, 6);
        pass();
        assertThat(offsets.behind()).isEmpty();
        offsets.settled(PARTITION, 5);
        pass();
        assertThat(offsets.behind()).isEqualTo(Map.of(PARTITION, 8L));
    }

    private void pass() {
        nanos.addAndGet(Duration.ofSeconds(3).toNanos());
    }

    private void poll(long next, Long... records) {
        List<ConsumerRecord<byte[], byte[]>> polled = new ArrayList<>();
        for (long offset : records) {
            polled.add(new ConsumerRecord<>(PARTITION.topic(), PARTITION.partition(), offset, null, new byte[0]));
        }
        offsets.polled(new ConsumerRecords<>(polled.isEmpty() ? Map.of() : Map.of(PARTITION, polled),
                Map.of(PARTITION, new OffsetAndMetadata(next))));
    }
}
