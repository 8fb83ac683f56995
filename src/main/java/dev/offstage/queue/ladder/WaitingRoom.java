package dev.offstage.queue.ladder;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import dev.offstage.queue.RecordFormat;
import dev.offstage.queue.RecordReader;

/**
 * One partition of a retry topic. Its records all wait equally long, so they fall due in the order in which they lie
 * there: only the first one has to be watched.
 */
final class WaitingRoom {

    private static final int ENOUGH = 1_000;
    private static final int FEW = 500;

    private final long delayMillis;
    private final Deque<Waiting> records = new ArrayDeque<>();
    private long bytes;

    private record Waiting(ConsumerRecord<byte[], byte[]> record, long dueAt) {}

    WaitingRoom(long delayMillis) {
        this.delayMillis = delayMillis;
    }

    /**
     * A record that says when it is due is believed, but none waits longer from now than its rung says: neither a wrong
     * clock elsewhere nor a forged header holds up what lies behind it.
     */
    void add(List<ConsumerRecord<byte[], byte[]>> arrived, long now) {
        for (ConsumerRecord<byte[], byte[]> record : arrived) {
            records.add(new Waiting(record, Math.min(dueAt(record), now + delayMillis)));
            bytes += size(record);
        }
    }

    /** In epoch milliseconds; 0 if the record does not say. */
    static long dueAt(ConsumerRecord<byte[], byte[]> record) {
        String header = RecordReader.header(record, RecordFormat.DUE_AT);
        try {
            return header == null ? 0 : Long.parseLong(header);
        } catch (NumberFormatException e) {
            return 0; // written by another program: it does not say how long to wait, so it does not wait
        }
    }

    /** When the first record is due, in epoch milliseconds; the end of time if there is none. */
    long nextDueAt() {
        Waiting first = records.peek();
        return first == null ? Long.MAX_VALUE : first.dueAt;
    }

    /** Takes the records that are due now, at most {@code limit}, into {@code due}. */
    void takeDue(long now, int limit, List<ConsumerRecord<byte[], byte[]>> due) {
        while (due.size() < limit && nextDueAt() <= now) {
            ConsumerRecord<byte[], byte[]> record = records.remove().record;
            bytes -= size(record);
            due.add(record);
        }
    }

    /** Puts a record back at the front: it could not be sent. */
    void putBack(ConsumerRecord<byte[], byte[]> record) {
        records.addFirst(new Waiting(record, 0));
        bytes += size(record);
    }

    /**
     * Memory holds enough of this partition; the rest waits in Kafka.
     *
     * @param share how many bytes it may hold
     */
    boolean isFull(long share) {
        return records.size() >= ENOUGH || bytes >= share;
    }

    /**
     * It is time to fetch more, so that there is never a wait for what is already due.
     *
     * @param share how many bytes it may hold
     */
    boolean runsLow(long share) {
        return records.size() < FEW && bytes < share / 2;
    }

    /** The offset to commit: that of the first record still here, or -1 if there is none. */
    long firstOffset() {
        Waiting first = records.peek();
        return first == null ? -1 : first.record.offset();
    }

    /** Without its headers, which are short. */
    private static int size(ConsumerRecord<byte[], byte[]> record) {
        return Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
    }
}
