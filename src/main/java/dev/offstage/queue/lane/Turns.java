package dev.offstage.queue.lane;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * What waits in one line per partition, of which each in turn lets one go: Kafka delivers hundreds of records of one
 * partition before the next one's, and the oldest job of that must not wait for them all. Not thread-safe.
 *
 * @param <T> the items
 */
final class Turns<T> {

    private final Map<Integer, Queue<T>> lines = new HashMap<>();
    /** None of them is empty. */
    private final Queue<Queue<T>> order = new ArrayDeque<>();

    void add(int partition, T item) {
        Queue<T> line = lines.computeIfAbsent(partition, number -> new ArrayDeque<>());
        line.add(item);
        if (line.size() == 1) {
            order.add(line);
        }
    }

    boolean isEmpty() {
        return order.isEmpty();
    }

    /** @throws java.util.NoSuchElementException if nothing waits */
    T remove() {
        Queue<T> line = order.remove();
        T item = line.remove();
        if (!line.isEmpty()) {
            order.add(line);
        }
        return item;
    }
}
