package dev.offstage.testing;

import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for processes that are about to start. They lie below those that the system gives to clients, and each process
 * that runs tests has its own, so that nobody else takes one before its process listens.
 */
public final class FreePorts {

    private static final int MANY = 3_000;
    private static final int FIRST = 20_000 + MANY * forkAsNumber();
    private static final AtomicInteger TAKEN = new AtomicInteger();

    private FreePorts() {
    }

    private static int forkAsNumber() {
        String fork = System.getProperty("test.fork", "");
        return fork.isEmpty() ? 0 : Integer.parseInt(fork);
    }

    /** One that nobody listens at, and that is not given again for a long time. */
    public static int next() throws IOException {
        for (int i = 0; i < MANY; i++) {
            int port = FIRST + TAKEN.getAndIncrement() % MANY;
            try (ServerSocket socket = new ServerSocket(port)) {
                return socket.getLocalPort();
            } catch (BindException e) {
                continue; // it is taken
            }
        }
        throw new IOException("All ports from " + FIRST + " on are taken.");
    }
}
