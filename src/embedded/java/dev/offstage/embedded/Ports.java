package dev.offstage.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** The ports of this machine. */
final class Ports {

    private static final int FIRST = 10_000;
    private static final int MANY = 10_000;
    /** One after the other, from anywhere on: what somebody here got, and does not listen at yet, is not given again. */
    private static final AtomicInteger NEXT = new AtomicInteger(ThreadLocalRandom.current().nextInt(MANY));

    private Ports() {
    }

    /** Not one of those that the system gives to connections: until somebody listens there, a connection could get it. */
    static int free() {
        for (int i = 0; i < MANY; i++) {
            int port = FIRST + NEXT.getAndIncrement() % MANY;
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (BindException e) {
                continue; // it is taken
            } catch (IOException e) {
                throw new UncheckedIOException("This machine gives no port.", e);
            }
        }
        throw new IllegalStateException("All ports from " + FIRST + " to " + (FIRST + MANY - 1) + " are taken.");
    }

    /**
     * @param port 0 is always free
     * @param setting what to set to use another port
     * @throws CannotStart if a program listens there already
     */
    static void requireFree(int port, String setting) throws CannotStart {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true); // connections of the last run that are still closing do no harm
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new CannotStart("Port " + port + " is taken: stop the program that uses it or set " + setting + ".",
                    e);
        }
    }
}
