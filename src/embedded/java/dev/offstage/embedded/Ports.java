package dev.offstage.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** The ports of this machine. */
public final class Ports {

    private static final int FIRST = 10_000;
    private static final int MANY = 20_000;
    /** The ports are given out one after the other, from a random one on. */
    private static final AtomicInteger NEXT = new AtomicInteger(ThreadLocalRandom.current().nextInt(MANY));

    /**
     * A file that all processes of this user share: who has locked the byte of a port's number has that port, until the process ends.
     * Empty where there can be none.
     */
    private static final Optional<FileChannel> CLAIMS = claims();
    private static final Queue<FileLock> OURS = new ConcurrentLinkedQueue<>();

    private Ports() {
    }

    private static Optional<FileChannel> claims() {
        Path file = Path.of(System.getProperty("java.io.tmpdir"), "offstage-ports-" + System.getProperty("user.name"));
        try {
            return Optional.of(FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS));
        } catch (IOException e) {
            return Optional.empty(); // the ports that are free at the moment have to do
        }
    }

    /**
     * A port for this process: no other that asks here gets it, though nobody listens there yet, or for a while. It is none of those
     * that the system gives to connections, which could else have it meanwhile.
     *
     * @throws IllegalStateException if all are taken
     */
    public static int free() {
        return free(FIRST, MANY);
    }

    /** One of so many, from the first on. */
    static int free(int first, int many) {
        for (int i = 0; i < many; i++) {
            int port = first + NEXT.getAndIncrement() % many;
            if (claim(port)) {
                return port;
            }
        }
        throw new IllegalStateException("All ports from " + first + " to " + (first + many - 1) + " are taken.");
    }

    private static boolean claim(int port) {
        if (CLAIMS.isEmpty()) {
            return isFree(port);
        }
        try {
            FileLock claim = CLAIMS.get().tryLock(port, 1, false);
            if (claim == null) {
                return false;
            }
            if (isFree(port)) {
                OURS.add(claim);
                return true;
            }
            claim.release();
            return false;
        } catch (OverlappingFileLockException e) {
            return false; // this process has it already
        } catch (IOException e) {
            throw new UncheckedIOException("This machine gives no port.", e);
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (BindException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("This machine gives no port.", e);
        }
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
