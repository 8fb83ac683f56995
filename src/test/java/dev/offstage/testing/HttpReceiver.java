package dev.offstage.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.awaitility.Awaitility;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;

import javax.net.ssl.SSLContext;

/** An HTTP server of this machine that remembers requests and answers as it is told. */
public final class HttpReceiver implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /**
     * What came.
     *
     * @param target the path and the query
     * @param headers by their names in lower case
     */
    public record Request(String method, String target, Map<String, List<String>> headers, String body) {

        /** Null if there is none. */
        public String header(String name) {
            List<String> values = headers.get(name);
            return values == null ? null : values.get(0);
        }
    }

    /**
     * What is answered.
     *
     * @param delay how long that takes
     */
    public record Answer(int status, Map<String, String> headers, byte[] body, Duration delay) {

        public static Answer of(int status) {
            return new Answer(status, Map.of(), new byte[0], Duration.ZERO);
        }
    }

    private final HttpServer server;
    private final String scheme;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Queue<Answer> next = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Answer> answer = new AtomicReference<>(Answer.of(204));
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "http-receiver");
        thread.setDaemon(true);
        return thread;
    });

    private HttpReceiver(HttpServer server, String scheme) {
        this.server = server;
        this.scheme = scheme;
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    /** On a free port of 127.0.0.1; answers 204. */
    public static HttpReceiver start() {
        return start("127.0.0.1", 0);
    }

    /** @param port 0 for a free one */
    public static HttpReceiver start(String address, int port) {
        try {
            return new HttpReceiver(HttpServer.create(new InetSocketAddress(InetAddress.getByName(address), port), 0),
                    "http");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With TLS, on a free port of 127.0.0.1. */
    public static HttpReceiver startTls(SSLContext context) {
        try {
            HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(context));
            return new HttpReceiver(server, "https");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, List<String>> headers = exchange.getRequestHeaders()
                    .entrySet()
                    .stream()
                    .collect(Collectors.toMap(header -> header.getKey().toLowerCase(Locale.ROOT), Map.Entry::getValue));
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            requests.add(new Request(exchange.getRequestMethod(), exchange.getRequestURI().toString(), headers, body));
            Answer now = Optional.ofNullable(next.poll()).orElseGet(answer::get);
            Thread.sleep(now.delay().toMillis());
            now.headers().forEach(exchange.getResponseHeaders()::set);
            exchange.sendResponseHeaders(now.status(), now.body().length == 0 ? -1 : now.body().length);
            exchange.getResponseBody().write(now.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** From now on. */
    public void answerWith(Answer always) {
        next.clear();
        answer.set(always);
    }

    /** Each of the next requests with one of these, those that follow with the last. */
    public void answerWith(int... inTurn) {
        next.clear();
        answer.set(Answer.of(inTurn[inTurn.length - 1]));
        IntStream.of(inTurn).mapToObj(Answer::of).forEach(next::add);
    }

    public int port() {
        return server.getAddress().getPort();
    }

    public String url() {
        return url("127.0.0.1");
    }

    /** With this name for the host. */
    public String url(String host) {
        return scheme + "://" + host + ":" + port();
    }

    /** All that came so far, in their order. */
    public List<Request> requests() {
        return List.copyOf(requests);
    }

    /** The requests, once there are so many. */
    public List<Request> await(int count) {
        Awaitility.await()
                .alias(count + " requests")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> requests.size() >= count);
        return requests();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
