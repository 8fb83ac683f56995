package dev.offstage.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** The way to a server, which can be cut, fall silent, or crawl. */
final class Wire implements AutoCloseable {

    /** What the wire does with connections from now on. */
    enum Mode {
        /** Carries every byte at once. */
        OPEN,
        /** Takes no connection. */
        DOWN,
        /** Takes connections and closes them. */
        CUT,
        /** Takes connections, and nothing ever comes back. */
        SILENT,
        /** Brings answers back at one byte a second. */
        CRAWLING,
        /** Answers in the server's place, once, with what was set, and closes. */
        ANSWERING,
        /** Carries a mail conversation, but refuses every recipient with what was set. */
        REFUSING
    }

    private final int target;
    private final int port;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private ServerSocket server;
    private volatile Mode mode = Mode.OPEN;
    private volatile String answer = "";

    Wire(int target) throws IOException {
        this.target = target;
        listen(0);
        this.port = server.getLocalPort();
    }

    private void listen(int where) throws IOException {
        ServerSocket opened = new ServerSocket(where, 100, InetAddress.getLoopbackAddress());
        server = opened;
        threads.submit(() -> accept(opened));
    }

    int port() {
        return port;
    }

    /** Connections that are open are cut. */
    void become(Mode next) throws IOException {
        mode = next;
        if (next == Mode.DOWN) {
            server.close();
        } else if (server.isClosed()) {
            listen(port);
        }
        for (Socket socket : sockets) {
            socket.close();
            sockets.remove(socket); // and no other: one that comes meanwhile has to be cut the next time
        }
    }

    /** Answers every connection with this text from now on. */
    void answerWith(String text) throws IOException {
        answer = text;
        become(Mode.ANSWERING);
    }

    private Void accept(ServerSocket opened) throws IOException {
        while (true) {
            Socket client = opened.accept();
            sockets.add(client);
            threads.submit(() -> serve(client));
        }
    }

    private Void serve(Socket client) throws IOException, InterruptedException {
        switch (mode) {
            case CUT, DOWN -> client.close();
            case SILENT -> client.getInputStream().transferTo(OutputStream.nullOutputStream());
            case ANSWERING -> {
                client.getOutputStream().write(answer.getBytes(US_ASCII));
                client.shutdownOutput();
                client.getInputStream().transferTo(OutputStream.nullOutputStream());
                client.close();
            }
            case OPEN, CRAWLING, REFUSING -> connect(client, mode);
        }
        return null;
    }

    /** Refuses every recipient with this reply from now on. */
    void refuseRecipientsWith(String reply) throws IOException {
        answer = reply;
        become(Mode.REFUSING);
    }

    private void connect(Socket client, Mode now) throws IOException, InterruptedException {
        try (client; Socket there = new Socket(InetAddress.getLoopbackAddress(), target)) {
            sockets.add(there);
            threads.submit(() -> now == Mode.REFUSING
                    ? refuseRecipients(client, there)
                    : client.getInputStream().transferTo(there.getOutputStream()));
            copy(there.getInputStream(), client.getOutputStream(), now == Mode.CRAWLING);
        }
    }

    private long refuseRecipients(Socket client, Socket there) throws IOException {
        BufferedReader commands = new BufferedReader(new InputStreamReader(client.getInputStream(), ISO_8859_1));
        long refused = 0;
        for (String command = commands.readLine(); command != null; command = commands.readLine()) {
            if (command.startsWith("RCPT")) {
                client.getOutputStream().write(answer.getBytes(US_ASCII));
                refused++;
            } else {
                there.getOutputStream().write((command + "\r\n").getBytes(ISO_8859_1));
            }
        }
        return refused;
    }

    private static void copy(InputStream from, OutputStream to, boolean crawling)
            throws IOException, InterruptedException {
        if (!crawling) {
            from.transferTo(to);
            return;
        }
        for (int next = from.read(); next >= 0; next = from.read()) {
            to.write(next);
            to.flush();
            TimeUnit.SECONDS.sleep(1); // this is the crawl
        }
    }

    @Override
    public void close() throws IOException {
        become(Mode.DOWN);
        threads.shutdownNow();
    }
}
