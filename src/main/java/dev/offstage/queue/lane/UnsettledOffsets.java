package dev.offstage.queue.lane;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/**
 * Which records a lane's consumer has read and the lane has not settled, and how far the consumer is. Where nothing is unsettled, the
 * consumer may stand behind the last record all the same: what lies between is no job, but the marker of a transaction's end, or what
 * was rolled back. May be used by several threads.
 */
final class UnsettledOffsets {

    /** Until then the usual commit, of the last record, is not under way any more. */
    private static final Duration QUIET = Duration.ofSeconds(2);

    private final LongSupplier nanos;
    private final Map<TopicPartition, Partition> partitions = new HashMap<>();
    private volatile Runnable whenBehind = () -> {};

    private static final class Partition {

        private final Set<Long> unsettled = new HashSet<>();
        /** Where the consumer reads on. */
        private long next;
        /** Up to where Kafka knows, or is told by the usual commit. */
        private long told;
        private long settledNanos;

        private boolean isBehind() {
            return unsettled.isEmpty() && next > told;
        }
    }

    /** @param nanos as {@link System#nanoTime} */
    UnsettledOffsets(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** @param whenBehind called, on any thread, when something may be {@link #behind} soon; must return at once */
    void onBehind(Runnable whenBehind) {
        this.whenBehind = whenBehind;
    }

    /** To be called before anybody gets the records. */
    void polled(ConsumerRecords<?, ?> records) {
        if (add(records)) {
            whenBehind.run();
        }
    }

    private synchronized boolean add(ConsumerRecords<?, ?> records) {
        records.forEach(record -> partition(new TopicPartition(record.topic(), record.partition())).unsettled
                .add(record.offset()));
        records.nextOffsets().forEach((partition, next) -> partition(partition).next = next.offset());
        return records.nextOffsets().keySet().stream().anyMatch(partition -> partition(partition).isBehind());
    }

    private Partition partition(TopicPartition key) {
        return partitions.computeIfAbsent(key, absent -> {
            Partition partition = new Partition();
            partition.settledNanos = nanos.getAsLong();
            return partition;
        });
    }

    /** A record that was read before its partition came back counts too: it is the same one. */
    void settled(TopicPartition key, long offset) {
        if (remove(key, offset)) {
            whenBehind.run();
        }
    }

    private synchronized boolean remove(TopicPartition key, long offset) {
        Partition partition = partitions.get(key);
        if (partition == null || !partition.unsettled.remove(offset)) {
            return false;
        }
        partition.told = Math.max(partition.told, offset + 1);
        partition.settledNanos = nanos.getAsLong();
        return partition.isBehind();
    }

    /** The partitions are read anew, by this consumer or by another one. */
    synchronized void forget(Collection<TopicPartition> keys) {
        partitions.keySet().removeAll(keys);
    }

    synchronized boolean areAnyBehind() {
        return partitions.values().stream().anyMatch(Partition::isBehind);
    }

    /** By partition, the offset to commit, before which nothing is left to do. */
    synchronized Map<TopicPartition, Long> behind() {
        Map<TopicPartition, Long> behind = new HashMap<>();
        partitions.forEach((key, partition) -> {
            if (partition.isBehind() && nanos.getAsLong() - partition.settledNanos >= QUIET.toNanos()) {
                behind.put(key, partition.next);
            }
        });
        return behind;
    }

    /** Kafka has an offset of this partition as committed. */
    synchronized void committed(TopicPartition key, long offset) {
        Partition partition = partitions.get(key);
        if (partition != null) {
            partition.told = Math.max(partition.told, offset);
        }
    }
}
