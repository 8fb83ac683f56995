package dev.offstage.queue.lane;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import dev.offstage.config.HandlerThreads;

/** The threads that handlers run on. They are as many as the lanes let jobs run at once, so these pools have no bound of their own. */
final class HandlerPools {

    private static final String NAME = "offstage-worker-";

    private final ExecutorService platform;
    private final ExecutorService virtual;

    HandlerPools() {
        AtomicInteger threads = new AtomicInteger();
        ClassLoader classes = Thread.currentThread().getContextClassLoader(); // see DaemonThreads
        platform = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, NAME + threads.incrementAndGet());
            thread.setDaemon(true);
            thread.setContextClassLoader(classes);
            return thread;
        });
        virtual = virtualThreads().orElse(platform);
    }

    ExecutorService of(HandlerThreads kind) {
        return kind == HandlerThreads.VIRTUAL ? virtual : platform;
    }

    boolean isShutdown() {
        return platform.isShutdown();
    }

    /** Interrupts every handler; returns when they have heeded it, or after the patience. */
    void shutdownNow(long patienceMillis) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);
        List<ExecutorService> pools = List.of(platform, virtual);
        pools.forEach(ExecutorService::shutdownNow);
        for (ExecutorService pool : pools) {
            pool.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
    }

    /** By reflection, for this is compiled for Java 17; empty where Java has none. */
    private static Optional<ExecutorService> virtualThreads() {
        try {
            Class<?> type = Class.forName("java.lang.Thread$Builder$OfVirtual");
            Object builder = type.getMethod("name", String.class, long.class)
                    .invoke(Thread.class.getMethod("ofVirtual").invoke(null), NAME + "virtual-", 1L);
            Object factory = type.getMethod("factory").invoke(builder);
            return Optional.of((ExecutorService) Executors.class
                    .getMethod("newThreadPerTaskExecutor", ThreadFactory.class)
                    .invoke(null, factory));
        } catch (ClassNotFoundException | NoSuchMethodException olderJava) {
            return Optional.empty();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Java has virtual threads, and yet none can be made.", e);
        }
    }
}
