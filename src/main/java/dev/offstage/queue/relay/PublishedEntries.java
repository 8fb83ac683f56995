package dev.offstage.queue.relay;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

import jakarta.inject.Singleton;

import dev.offstage.background.BackgroundThread;
import dev.offstage.background.Timer;
import dev.offstage.job.ledger.Outbox;
import dev.offstage.job.ledger.OutboxEntry;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Dependency;

/**
 * Takes out of the outbox what Kafka has got, many entries with one statement. What a crash leaves in it is published once more, and
 * recognised as a repeat.
 */
@Singleton
class PublishedEntries {

    /** Shorter than {@code offstage.relay.sweep-after}, from when on the sweep would publish them again. */
    private static final Duration DELAY = Duration.ofMillis(500);
    private static final int QUEUE = 50_000;
    private static final int BATCH = 5_000;
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(500);

    private final Outbox outbox;
    private final Timer timer;
    private final Dependency postgresql;
    private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(QUEUE);
    private final BackgroundThread thread = new BackgroundThread("published", Duration.ZERO, this::step);
    /** Of the thread alone. What could not be taken out stays here for its next step. */
    private final List<UUID> batch = new ArrayList<>();

    private record Waiting(UUID entry, long dueNanos) {}

    PublishedEntries(Outbox outbox, Timer timer, Dependencies dependencies) {
        this.timer = timer;
        this.outbox = outbox;
        this.postgresql = dependencies.postgresql();
    }

    void start() {
        thread.start();
    }

    /** Waits while too many are still to be taken out. */
    void add(List<OutboxEntry> published) throws InterruptedException {
        long due = timer.nanoTime() + DELAY.toNanos();
        for (OutboxEntry entry : published) {
            queue.put(new Waiting(entry.id(), due));
        }
    }

    /** Waits until an entry is due, and takes out all that are due then. */
    void step() throws InterruptedException {
        try {
            if (batch.isEmpty()) {
                awaitDue();
            }
            outbox.published(batch);
            postgresql.worked();
            batch.clear();
        } catch (SQLException e) {
            postgresql.failed(e);
            timer.sleep(PAUSE_AFTER_FAILURE);
        } catch (RuntimeException | Error e) { // these jobs are published once more, and recognised as repeats
            batch.clear();
            throw e;
        }
    }

    private void awaitDue() throws InterruptedException {
        Waiting first = queue.take();
        timer.sleep(Duration.ofNanos(first.dueNanos - timer.nanoTime()));
        batch.add(first.entry);
        for (Waiting next = queue.peek(); next != null && batch.size() < BATCH
                && next.dueNanos - timer.nanoTime() <= 0; next = queue.peek()) {
            batch.add(queue.remove().entry);
        }
    }

    /** Takes out the rest at once. To be called when nothing is published any more. */
    void stop() {
        thread.close();
        boolean ended = thread.awaitEnd(PAUSE_AFTER_FAILURE);
        try {
            List<UUID> rest = new ArrayList<>(ended ? batch : List.of());
            queue.forEach(waiting -> rest.add(waiting.entry));
            if (!rest.isEmpty()) {
                outbox.published(rest);
            }
        } catch (SQLException e) {
            postgresql.failed(e);
        }
    }
}
