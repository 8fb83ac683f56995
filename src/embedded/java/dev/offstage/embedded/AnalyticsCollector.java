package dev.offstage.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;

/**
 * A collector that takes events as Segment's HTTP API does ({@code POST /v1/track}), keeps them in a file and shows
 * them in a browser, and as JSON at {@code /api/events}.
 */
public final class AnalyticsCollector implements AutoCloseable {

    /**
     * What the collector answers to a well-formed event.
     *
     * @param headers added to the answer
     */
    public record Answer(int status, Map<String, String> headers) {

        public static final Answer OK = new Answer(200, Map.of());
    }

    private static final int KEPT = 1_000;
    private static final int SHOWN = 100;
    private static final int LARGEST_EVENT = 512 * 1024;
    private static final String JSON = "application/json";
    private static final List<String> REQUIRED = List.of("event", "userId", "messageId");

    private final Path file;
    private final LocalHttpServer server;
    private final ObjectMapper json = new ObjectMapper();
    private final Deque<JsonNode> newest = new ArrayDeque<>();
    private volatile Answer answer = Answer.OK;

    /** @param port 0 picks a free one */
    public AnalyticsCollector(Path directory, int port) throws IOException {
        Files.createDirectories(directory);
        this.file = directory.resolve("events.jsonl");
        if (Files.exists(file)) {
            try (var lines = Files.lines(file)) {
                for (String line : (Iterable<String>) lines::iterator) {
                    remember(json.readTree(line));
                }
            }
        }
        this.server = new LocalHttpServer(port, this::serve);
    }

    public String url() {
        return "http://127.0.0.1:" + server.port();
    }

    /** From now on events are answered like this; those that are not answered with 2xx are not kept. */
    public void answerWith(Answer answer) {
        this.answer = answer;
    }

    /** The newest events, newest first. */
    public synchronized List<JsonNode> events() {
        List<JsonNode> events = new ArrayList<>(newest);
        Collections.reverse(events);
        return events;
    }

    private void serve(HttpExchange exchange) throws IOException {
        String call = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
        switch (call) {
            case "POST /v1/track" -> track(exchange);
            case "GET /api/events" -> LocalHttpServer.send(exchange, 200, JSON, json.writeValueAsBytes(events()));
            case "GET /" -> LocalHttpServer.send(exchange, 200, "text/html;charset=UTF-8", page().getBytes(UTF_8));
            default -> LocalHttpServer.send(exchange, 404, "text/plain", "There is nothing here.".getBytes(UTF_8));
        }
    }

    private void track(HttpExchange exchange) throws IOException {
        JsonNode event;
        try {
            event = json.readTree(exchange.getRequestBody().readNBytes(LARGEST_EVENT));
        } catch (JsonProcessingException e) {
            LocalHttpServer.send(exchange, 400, JSON, "{\"message\":\"not JSON\"}".getBytes(UTF_8));
            return;
        }
        if (!REQUIRED.stream().allMatch(event::hasNonNull)) {
            LocalHttpServer.send(exchange, 400, JSON,
                    "{\"message\":\"event, userId and messageId are required\"}".getBytes(UTF_8));
            return;
        }
        Answer now = answer;
        if (now.status() / 100 == 2) {
            keep(event);
        }
        now.headers().forEach(exchange.getResponseHeaders()::set);
        LocalHttpServer.send(exchange, now.status(), JSON,
                ("{\"success\":" + (now.status() / 100 == 2) + "}").getBytes(UTF_8));
    }

    private synchronized void keep(JsonNode event) throws IOException {
        Files.writeString(file, event + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        remember(event);
    }

    private synchronized void remember(JsonNode event) {
        newest.addLast(event);
        if (newest.size() > KEPT) {
            newest.removeFirst();
        }
    }

    private String page() {
        StringBuilder rows = new StringBuilder();
        events().stream()
                .limit(SHOWN)
                .forEach(event -> rows.append("<tr><td>")
                        .append(Page.escape(event.path("timestamp").asText()))
                        .append("</td><td>")
                        .append(Page.escape(event.path("event").asText()))
                        .append("</td><td>")
                        .append(Page.escape(event.path("userId").asText()))
                        .append("</td><td>")
                        .append(Page.escape(event.path("properties").toString()))
                        .append("</td></tr>"));
        return Page.of("Analytics collector", rows.isEmpty()
                ? "<p>No event has arrived yet. Sign up, and look again.</p>"
                : "<table><tr><th>Time</th><th>Event</th><th>User</th><th>Properties</th></tr>" + rows + "</table>");
    }

    @Override
    public void close() {
        server.close();
    }
}
