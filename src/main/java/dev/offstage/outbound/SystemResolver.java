package dev.offstage.outbound;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/**
 * Asks the machine's resolver, which has no time-out of its own, on other threads: a caller that has waited long enough goes
 * on, while its thread waits for the resolver.
 */
@Singleton
class SystemResolver implements Resolver {

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int MOST_AT_ONCE = 64;
    private static final int IDLE_SECONDS = 30;

    /** What the machine's resolver does, however long it takes. */
    interface LookUp {
        InetAddress[] of(String host) throws UnknownHostException;
    }

    private final LookUp machine;
    private final Duration patience;
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(0, MOST_AT_ONCE, IDLE_SECONDS, TimeUnit.SECONDS,
            new SynchronousQueue<>(), task -> {
                Thread thread = new Thread(task, "offstage-resolver");
                thread.setDaemon(true);
                return thread;
            });

    @Inject
    SystemResolver() {
        this(InetAddress::getAllByName, PATIENCE);
    }

    SystemResolver(LookUp machine, Duration patience) {
        this.machine = machine;
        this.patience = patience;
    }

    @Override
    public List<InetAddress> resolve(String host) throws IOException, InterruptedException {
        Future<InetAddress[]> addresses = lookUp(host);
        try {
            return List.of(addresses.get(patience.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException e) {
            throw new IOException("The name " + host + " has no address: check its spelling and its DNS.",
                    e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("DNS did not say within " + patience.toMillis() + " ms which address " + host
                    + " has. If this goes on, check the DNS of this machine.", e);
        } finally {
            addresses.cancel(true);
        }
    }

    private Future<InetAddress[]> lookUp(String host) throws IOException {
        try {
            return threads.submit(() -> machine.of(host));
        } catch (RejectedExecutionException e) {
            throw new IOException("DNS has " + MOST_AT_ONCE + " questions to answer already, so " + host
                    + " was not looked up. If this goes on, check the DNS of this machine.", e);
        }
    }

    @PreDestroy
    void close() {
        threads.shutdownNow();
    }
}
