package dev.offstage.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

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
     * @param delay before the answer
     */
    public record Answer(int status, Map<String, String> headers, Duration delay) {

        public static final Answer OK = new Answer(200, Map.of());

        public Answer(int status, Map<String, String> headers) {
            this(status, headers, Duration.ZERO);
        }

        /** This answer, but so late. */
        public Answer after(Duration later) {
            return new Answer(status, headers, later);
        }

        boolean accepts() {
            return status / 100 == 2;
        }
    }

    private static final int SHOWN = 100;
    private static final int LARGEST_EVENT = 2 * 1024 * 1024;
    private static final String JSON = "application/json";
    private static final List<String> REQUIRED = List.of("event", "userId", "messageId");

    private final ObjectMapper json = new ObjectMapper();
    private final EventFile events;
    private final LocalHttpServer server;
    private final AtomicInteger calls = new AtomicInteger();
    private volatile List<Answer> answers = List.of(Answer.OK);

    /**
     * Listens at once, and knows the events of the last run.
     *
     * @param port 0 picks a free one
     * @throws IOException if the port is taken or the directory cannot be read or written
     */
    public AnalyticsCollector(Path directory, int port) throws IOException {
        this.events = new EventFile(directory.resolve("events.jsonl"), json);
        this.server = new LocalHttpServer(port, this::serve);
    }

    public String url() {
        return "http://127.0.0.1:" + server.port();
    }

    /** From now on events are answered like this, in turn; those that are not answered with 2xx are not kept. */
    public void answerWith(Answer... inTurn) {
        this.answers = List.of(inTurn);
    }

    /** The newest 1,000 events, newest first. */
    public List<JsonNode> events() {
        return events.newest();
    }

    private void serve(HttpExchange exchange) throws IOException {
        String call = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
        switch (call) {
            case "POST /v1/track" -> track(exchange);
            case "GET /api/events" -> LocalHttpServer.send(exchange, 200, JSON, json.writeValueAsBytes(events()));
            case "GET /" -> LocalHttpServer.send(exchange, 200, Page.CONTENT_TYPE, page().getBytes(UTF_8));
            default -> LocalHttpServer.send(exchange, 404, "text/plain", "There is nothing here.".getBytes(UTF_8));
        }
    }

    private void track(HttpExchange exchange) throws IOException {
        JsonNode event;
        try {
            event = json.readTree(exchange.getRequestBody().readNBytes(LARGEST_EVENT));
        } catch (JsonProcessingException e) {
            refuse(exchange, "not JSON");
            return;
        }
        if (!event.isObject() || !REQUIRED.stream().allMatch(field -> !event.path(field).asText().isBlank())) {
            refuse(exchange, "event, userId and messageId are required");
            return;
        }
        List<Answer> inTurn = answers;
        Answer now = inTurn.get(Math.floorMod(calls.getAndIncrement(), inTurn.size()));
        pause(now.delay());
        if (now.accepts()) {
            events.append(event);
        }
        now.headers().forEach(exchange.getResponseHeaders()::set);
        LocalHttpServer.send(exchange, now.status(), JSON, ("{\"success\":" + now.accepts() + "}").getBytes(UTF_8));
    }

    private static void refuse(HttpExchange exchange, String why) throws IOException {
        LocalHttpServer.send(exchange, 400, JSON,
                ("{\"success\":false,\"message\":\"" + why + "\"}").getBytes(UTF_8));
    }

    private static void pause(Duration delay) throws IOException {
        try {
            Thread.sleep(delay.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the collector stops", e);
        }
    }

    private String page() {
        StringBuilder rows = new StringBuilder();
        events().stream().limit(SHOWN).forEach(event -> rows.append(row(event)));
        return Page.live("Analytics collector", rows.isEmpty()
                ? "<p>No event has arrived yet. Sign up, and look again.</p>"
                : "<table><tr><th>Time</th><th>Event</th><th>User</th><th>Properties</th></tr>" + rows + "</table>");
    }

    private static String row(JsonNode event) {
        return "<tr><td>" + Page.escape(event.path("timestamp").asText())
                + "</td><td>" + Page.escape(event.path("event").asText())
                + "</td><td>" + Page.escape(event.path("userId").asText())
                + "</td><td>" + Page.escape(event.path("properties").toString()) + "</td></tr>";
    }

    @Override
    public void close() {
        server.close();
    }
}
