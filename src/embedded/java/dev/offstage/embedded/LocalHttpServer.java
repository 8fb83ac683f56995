package dev.offstage.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;

/**
 * An HTTP server that only this machine can reach, and no page of another site by way of a browser on it: not by a name of its own
 * that leads to this machine (DNS rebinding), which then stands in {@code Host}, nor by a form, with the site in {@code Origin}.
 */
final class LocalHttpServer implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(LocalHttpServer.class.getName());
    private static final int THREADS = 64;
    private static final Pattern LOCAL = Pattern.compile("(?i:localhost|127\\.0\\.0\\.1|\\[::1])(?::\\d+)?");
    private static final int FORBIDDEN = 403;
    private static final byte[] REFUSAL = "Ask for localhost or 127.0.0.1, and not from a page of another site."
            .getBytes(StandardCharsets.UTF_8);

    static {
        // Else each answer on a kept connection waits 40 ms for an acknowledgement. Read once, by the first server.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS, task -> {
        Thread thread = new Thread(task, "embedded-http");
        thread.setDaemon(true);
        return thread;
    });

    LocalHttpServer(int port, HttpHandler handler) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                if (isLocal(exchange)) {
                    handler.handle(exchange);
                } else {
                    send(exchange, FORBIDDEN, "text/plain", REFUSAL);
                }
            } catch (IOException | RuntimeException e) {
                LOG.log(Level.WARNING, exchange.getRequestURI() + " could not be answered", e);
            }
        });
        server.setExecutor(threads);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    private static boolean isLocal(HttpExchange exchange) {
        String origin = exchange.getRequestHeaders().getFirst("Origin");
        return LOCAL.matcher(String.valueOf(exchange.getRequestHeaders().getFirst("Host"))).matches()
                && (origin == null || LOCAL.matcher(origin.replaceFirst("^http://", "")).matches());
    }

    static void send(HttpExchange exchange, int status, String contentType, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", contentType);
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
