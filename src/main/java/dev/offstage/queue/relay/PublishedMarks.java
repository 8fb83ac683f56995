package dev.offstage.queue.relay;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

import jakarta.inject.Singleton;

import dev.offstage.background.BackgroundThread;
import dev.offstage.background.Timer;
import dev.offstage.job.ledger.Outbox;
import dev.offstage.job.ledger.OutboxJob;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Dependency;

/**
 * Tells PostgreSQL which jobs Kafka has got, a while after it got them: most are claimed by then, and a job that is
 * claimed needs no telling. What a crash forgets to tell is published once more, and recognised as a repeat.
 */
@Singleton
class PublishedMarks {

    /** Shorter than {@code offstage.relay.sweep-after}, from when on the sweep would publish them again. */
    private static final Duration DELAY = Duration.ofSeconds(1);
    private static final int QUEUE = 50_000;
    private static final int BATCH = 5_000;
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(500);

    private final Outbox outbox;
    private final Timer timer;
    private final Dependency postgresql;
    private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(QUEUE);
    private final BackgroundThread thread = new BackgroundThread("marks", Duration.ZERO, this::step);
    /** Of the thread alone. What could not be told stays here for its next step. */
    private final List<OutboxJob.Version> batch = new ArrayList<>();

    private record Waiting(OutboxJob.Version job, long dueNanos) {}

    PublishedMarks(Outbox outbox, Timer timer, Dependencies dependencies) {
        this.timer = timer;
        this.outbox = outbox;
        this.postgresql = dependencies.postgresql();
    }

    void start() {
        thread.start();
    }

    /** Waits while too many are still to be told. */
    void add(List<OutboxJob> published) throws InterruptedException {
        long due = timer.nanoTime() + DELAY.toNanos();
        for (OutboxJob job : published) {
            queue.put(new Waiting(job.version(), due));
        }
    }

    /** Waits until a mark is due, and tells PostgreSQL of all that are due then. */
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
        batch.add(first.job);
        for (Waiting next = queue.peek(); next != null && batch.size() < BATCH
                && next.dueNanos - timer.nanoTime() <= 0; next = queue.peek()) {
            batch.add(queue.remove().job);
        }
    }

    /** Tells the rest at once. To be called when nothing is published any more. */
    void stop() {
        thread.close();
        boolean ended = thread.awaitEnd(PAUSE_AFTER_FAILURE);
        try {
            List<OutboxJob.Version> rest = new ArrayList<>(ended ? batch : List.of());
            queue.forEach(waiting -> rest.add(waiting.job));
            if (!rest.isEmpty()) {
                outbox.published(rest);
            }
        } catch (SQLException e) {
            postgresql.failed(e);
        }
    }
}
