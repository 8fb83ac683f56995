package dev.offstage.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;

/**
 * A collector that takes events as Segment's HTTP API does ({@code POST /v1/track}, and {@code POST /v1/batch} for up to
 * {@value #LARGEST_BATCH} of them), keeps them in a file and shows them in a browser, and as JSON at {@code /api/events}.
 * An event of a batch that is none is refused alone: the answer names it in {@code rejected}.
 */
public final class AnalyticsCollector implements AutoCloseable {

    /**
     * What the collector answers to a well-formed event, or to a batch.
     *
     * @param headers added to the answer
     * @param pause before the answer
     */
    public record Answer(int status, Map<String, String> headers, Pause pause) {

        public static final Answer OK = new Answer(200, Map.of());

        public Answer(int status, Map<String, String> headers) {
            this(status, headers, () -> {});
        }

        /** This answer, but so late. */
        public Answer after(Duration later) {
            return new Answer(status, headers, () -> Thread.sleep(later.toMillis()));
        }

        boolean accepts() {
            return status / 100 == 2;
        }
    }

    /** What keeps an answer back; an interrupt ends it. */
    @FunctionalInterface
    public interface Pause {
        void await() throws InterruptedException;
    }

    private static final Logger LOG = Logger.getLogger(AnalyticsCollector.class.getName());
    private static final int SHOWN = 100;
    private static final int LARGEST_BODY = 2 * 1024 * 1024;
    private static final int LARGEST_BATCH = 1_000;
    private static final String JSON = "application/json";
    private static final List<String> REQUIRED = List.of("event", "userId", "messageId");
    private static final String WHAT_IS_REQUIRED = "event, userId and messageId are required";

    private final ObjectMapper json = new ObjectMapper();
    private final EventFile events;
    private final LocalHttpServer server;
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger awaiting = new AtomicInteger();
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

    /** How many events have arrived and not been answered yet. */
    public int awaitingAnswers() {
        return awaiting.get();
    }

    /** The newest 1,000 events, newest first. */
    public List<JsonNode> events() {
        return events.newest();
    }

    private void serve(HttpExchange exchange) throws IOException {
        String call = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
        switch (call) {
            case "POST /v1/track" -> track(exchange);
            case "POST /v1/batch" -> batch(exchange);
            case "GET /api/events" -> LocalHttpServer.send(exchange, 200, JSON, json.writeValueAsBytes(events()));
            case "GET /" -> LocalHttpServer.send(exchange, 200, Page.CONTENT_TYPE, page().getBytes(UTF_8));
            default -> LocalHttpServer.send(exchange, 404, "text/plain", "There is nothing here.".getBytes(UTF_8));
        }
    }

    private void track(HttpExchange exchange) throws IOException {
        JsonNode event = body(exchange);
        if (isEvent(event)) {
            answer(exchange, List.of(event), List.of());
        } else {
            refuse(exchange, WHAT_IS_REQUIRED);
        }
    }

    private void batch(HttpExchange exchange) throws IOException {
        JsonNode batch = body(exchange).path("batch");
        if (batch.isEmpty() || batch.size() > LARGEST_BATCH) {
            refuse(exchange, "a batch of 1 to " + LARGEST_BATCH + " events is required");
            return;
        }
        List<JsonNode> good = new ArrayList<>();
        List<JsonNode> bad = new ArrayList<>();
        batch.forEach(event -> (isEvent(event) ? good : bad).add(event));
        answer(exchange, good, bad);
    }

    /** What is not JSON is missing. */
    private JsonNode body(HttpExchange exchange) throws IOException {
        try {
            return json.readTree(exchange.getRequestBody().readNBytes(LARGEST_BODY));
        } catch (JsonProcessingException e) {
            LOG.log(Level.FINE, "A body is not JSON, and refused as if it were empty.", e);
            return MissingNode.getInstance();
        }
    }

    private static boolean isEvent(JsonNode event) {
        return event.isObject() && REQUIRED.stream().noneMatch(field -> event.path(field).asText().isBlank());
    }

    /** @param rejected named in the answer, by their messageId if they have one */
    private void answer(HttpExchange exchange, List<JsonNode> taken, List<JsonNode> rejected) throws IOException {
        List<Answer> inTurn = answers;
        Answer now = inTurn.get(Math.floorMod(calls.getAndIncrement(), inTurn.size()));
        awaiting.addAndGet(taken.size());
        try {
            await(now.pause());
        } finally {
            awaiting.addAndGet(-taken.size());
        }
        if (now.accepts()) {
            for (JsonNode event : taken) {
                events.append(event);
            }
        }
        now.headers().forEach(exchange.getResponseHeaders()::set);
        ObjectNode body = json.createObjectNode().put("success", now.accepts());
        if (!rejected.isEmpty()) {
            ArrayNode named = body.putArray("rejected");
            rejected.forEach(event -> named.addObject()
                    .put("messageId", event.path("messageId").asText())
                    .put("reason", WHAT_IS_REQUIRED));
        }
        LocalHttpServer.send(exchange, now.status(), JSON, json.writeValueAsBytes(body));
    }

    private static void refuse(HttpExchange exchange, String why) throws IOException {
        LocalHttpServer.send(exchange, 400, JSON,
                ("{\"success\":false,\"message\":\"" + why + "\"}").getBytes(UTF_8));
    }

    private static void await(Pause pause) throws IOException {
        try {
            pause.await();
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
