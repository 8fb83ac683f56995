package dev.offstage.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Sends requests over kept connections and measures how long the answers take. */
final class Load {

    /** Makes the body of the next request. */
    interface Request {
        int send(Connection connection) throws Exception;
    }

    /**
     * @param nanos of every answer, shortest first
     * @param refused answers other than 2xx
     */
    record Result(long[] nanos, int refused, double seconds) {

        double perSecond() {
            return nanos.length / seconds;
        }

        /** In milliseconds. */
        double percentile(double fraction) {
            return nanos[(int) Math.max(0, Math.ceil(nanos.length * fraction) - 1)] / 1e6;
        }
    }

    private Load() {
    }

    /** Each connection sends its next request when it has the answer to the last one. */
    static Result closed(int port, int connections, int requests, Request request) throws Exception {
        return run(port, connections, requests, 0, request);
    }

    /**
     * A request is due at every tick, whether or not the earlier ones are answered; how long an answer took counts from
     * that instant, so that a stall shows in all requests that were due in it (coordinated omission, after G. Tene).
     */
    static Result open(int port, int perSecond, int seconds, Request request) throws Exception {
        int connections = Math.max(32, perSecond / 4);
        return run(port, connections, perSecond * seconds, 1_000_000_000L / perSecond, request);
    }

    private static Result run(int port, int connections, int requests, long tick, Request request) throws Exception {
        long[] nanos = new long[requests];
        AtomicInteger next = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(connections);
        List<Connection> open = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            open.add(new Connection(port));
        }
        long start = System.nanoTime();
        List<Future<Void>> senders = new ArrayList<>();
        for (Connection connection : open) {
            senders.add(threads.submit(() -> {
                try (connection) {
                    for (int number = next.getAndIncrement(); number < requests; number = next.getAndIncrement()) {
                        long due = tick == 0 ? System.nanoTime() : start + number * tick;
                        awaitInstant(due);
                        if (request.send(connection) / 100 != 2) {
                            refused.incrementAndGet();
                        }
                        nanos[number] = System.nanoTime() - due;
                    }
                }
                return null;
            }));
        }
        for (Future<Void> sender : senders) {
            sender.get();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        threads.shutdown();
        Arrays.sort(nanos);
        return new Result(nanos, refused.get(), seconds);
    }

    private static void awaitInstant(long due) {
        for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
            LockSupport.parkNanos(wait);
        }
    }
}
