package dev.offstage.task.analytics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import dev.offstage.background.DaemonThreads;
import dev.offstage.task.analytics.Collector.Event;

/**
 * Sends events in batches. The first event opens a batch, and the batch is sent when it is full or when its first event has
 * waited for as long as it may. Several batches may be under way at once.
 */
final class EventBatches implements AutoCloseable {

    /** What became of an event; anything else is an exception. */
    enum Fate {
        TAKEN,
        /** The batch was refused as a whole: the event has to be sent by itself to tell whether it is to blame. */
        UNDECIDED
    }

    /** An event, its size in JSON, and what its caller waits for. */
    record Waiting(Event event, int bytes, CompletableFuture<Fate> fate) {

        /** Whether its caller has its answer, or has stopped waiting. */
        boolean isOver() {
            return fate.isDone();
        }
    }

    /** How many full batches may be under way. A caller that comes then waits before its event enters a batch. */
    private static final int BATCHES = 10;

    private final int size;
    private final int mostBytes;
    private final Duration linger;
    private final Consumer<List<Waiting>> sender;
    private final Semaphore places;
    private final Semaphore room;
    /** One thread for each batch under way, so never more than events. */
    private final ExecutorService threads = Executors.newCachedThreadPool(new DaemonThreads("analytics"));
    /** The batch that takes new events; null while there is none. */
    private List<Waiting> open;
    private int openBytes;

    /**
     * @param size of a full batch, in events
     * @param mostBytes what the events of a batch have together at most, commas included
     * @param linger how long an event waits for others
     * @param sender completes each event that it is given, on a thread of its own; throws nothing
     */
    EventBatches(int size, int mostBytes, Duration linger, Consumer<List<Waiting>> sender) {
        this.size = size;
        this.mostBytes = mostBytes;
        this.linger = linger;
        this.sender = sender;
        this.places = new Semaphore(BATCHES * size);
        this.room = new Semaphore(Math.multiplyExact(BATCHES, mostBytes));
    }

    /**
     * Waits until it is known what became of an event.
     *
     * @param bytes of the event in JSON, with a comma; no more than a batch may have
     * @throws InterruptedException if the waiting is interrupted: the event is taken out unless it has left
     * @throws Exception if the event or its batch failed
     */
    Fate send(Event event, int bytes) throws Exception {
        places.acquire();
        try {
            room.acquire(bytes);
            try {
                Waiting waiting = new Waiting(event, bytes, new CompletableFuture<>());
                add(waiting);
                return fateOf(waiting);
            } finally {
                room.release(bytes);
            }
        } finally {
            places.release();
        }
    }

    private Fate fateOf(Waiting waiting) throws Exception {
        try {
            return waiting.fate.get();
        } catch (InterruptedException e) {
            waiting.fate.cancel(false);
            takeOut(waiting);
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception failure) {
                throw failure;
            }
            throw e;
        }
    }

    private synchronized void add(Waiting waiting) {
        if (open != null && openBytes + waiting.bytes > mostBytes) {
            leave();
        }
        if (open == null) {
            List<Waiting> batch = new ArrayList<>();
            open = batch;
            openBytes = 0;
            CompletableFuture.delayedExecutor(linger.toNanos(), TimeUnit.NANOSECONDS, threads)
                    .execute(() -> depart(batch));
        }
        open.add(waiting);
        openBytes += waiting.bytes;
        if (open.size() == size) {
            leave();
        }
    }

    private void leave() {
        List<Waiting> full = closed(open);
        if (!full.isEmpty()) {
            threads.execute(() -> sender.accept(full));
        }
    }

    private synchronized void takeOut(Waiting waiting) {
        if (open != null && open.remove(waiting)) {
            openBytes -= waiting.bytes;
        }
    }

    private void depart(List<Waiting> batch) {
        List<Waiting> leaving = closed(batch); // and sent without the lock
        if (!leaving.isEmpty()) {
            sender.accept(leaving);
        }
    }

    /** Empty if the batch has left before. */
    private synchronized List<Waiting> closed(List<Waiting> batch) {
        if (batch != open) {
            return List.of();
        }
        open = null;
        return batch.stream().filter(waiting -> !waiting.isOver()).toList();
    }

    /** Calls that are under way may end. */
    @Override
    public void close() {
        threads.shutdown();
    }
}
