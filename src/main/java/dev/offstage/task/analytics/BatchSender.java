package dev.offstage.task.analytics;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import jakarta.ws.rs.ProcessingException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.job.PermanentFailure;
import dev.offstage.outbound.HttpAnswer;
import dev.offstage.task.analytics.Collector.Batch;
import dev.offstage.task.analytics.EventBatches.Fate;
import dev.offstage.task.analytics.EventBatches.Waiting;

/** Sends batches to the collector and tells each event of a batch what became of it. */
final class BatchSender {

    private static final int TOO_LARGE = 413;
    /** After one of these each event is sent by itself: a single event may be at fault, or the collector takes no batches. */
    private static final Set<Integer> REFUSED_AS_A_WHOLE = Set.of(400, 404, 405, 422);
    /** How much of an answer is read: the reasons for a hundred refused events fit into it. */
    private static final int LARGEST_ANSWER = 256 * 1024;

    private static final int EXCERPT = 500;
    private static final String ADVICE = "Check offstage.analytics.url and what the collector expects, then redrive this job.";

    private final Collector collector;
    private final ObjectMapper json;
    private final Clock clock;

    BatchSender(Collector collector, ObjectMapper json, Clock clock) {
        this.collector = collector;
        this.json = json;
        this.clock = clock;
    }

    /** Sends one event by itself; returns if it was taken, and throws as {@link HttpAnswer#check} does otherwise. */
    void sendAlone(Collector.Event event) throws IOException {
        try (Response response = collector.track(event)) {
            check(response);
        } catch (ProcessingException e) {
            throw unreachable(e);
        }
    }

    /** Throws nothing: a failure is that of each event. */
    void send(List<Waiting> events) {
        Batch batch = new Batch(events.stream().map(Waiting::event).toList(), clock.instant());
        try (Response response = collector.batch(batch)) {
            settle(events, response);
        } catch (ProcessingException e) {
            fail(events, unreachable(e));
        } catch (IOException | RuntimeException e) {
            fail(events, e);
        }
    }

    private void settle(List<Waiting> events, Response response) throws IOException {
        int status = response.getStatus();
        if (status == TOO_LARGE && events.size() > 1) {
            int half = events.size() / 2;
            send(events.subList(0, half));
            send(events.subList(half, events.size()));
        } else if (REFUSED_AS_A_WHOLE.contains(status)) {
            events.forEach(waiting -> waiting.fate().complete(Fate.UNDECIDED));
        } else {
            check(response);
            Map<String, String> rejected = rejected(response);
            events.forEach(waiting -> settle(waiting, rejected));
        }
    }

    private void check(Response response) throws IOException {
        boolean taken = response.getStatusInfo().getFamily() == Response.Status.Family.SUCCESSFUL;
        new HttpAnswer(response.getStatus(), response.getHeaderString(HttpHeaders.RETRY_AFTER),
                taken ? "" : body(response, EXCERPT)).check("The analytics collector", ADVICE, clock.instant());
    }

    /** @param most so many bytes; the rest is not read */
    private static String body(Response response, int most) throws IOException {
        if (!response.hasEntity()) {
            return "";
        }
        try (InputStream body = response.readEntity(InputStream.class)) {
            return new String(body.readNBytes(most), StandardCharsets.UTF_8);
        }
    }

    private static void settle(Waiting waiting, Map<String, String> rejected) {
        String reason = rejected.get(waiting.event().messageId());
        if (reason == null) {
            waiting.fate().complete(Fate.TAKEN);
        } else {
            waiting.fate()
                    .completeExceptionally(new PermanentFailure("The analytics collector refused this event: "
                            + reason + ". Check what the collector expects, then redrive this job."));
        }
    }

    /**
     * Reasons by messageId. A collector need not answer with JSON: then it has taken all.
     *
     * @throws IOException if it begins to name some, and does not end
     */
    private Map<String, String> rejected(Response response) throws IOException {
        String body = body(response, LARGEST_ANSWER);
        Map<String, String> reasons = new HashMap<>();
        if (!body.stripLeading().startsWith("{")) {
            return reasons;
        }
        try {
            for (JsonNode event : json.readTree(body).path("rejected")) {
                reasons.put(event.path("messageId").asText(), reason(event));
            }
        } catch (JsonProcessingException e) {
            throw new IOException("The analytics collector answered with JSON that is broken, or longer than "
                    + LARGEST_ANSWER + " bytes, so nobody knows which events it took: " + e.getOriginalMessage(), e);
        }
        return reasons;
    }

    private static String reason(JsonNode event) {
        String reason = event.path("reason").asText("").strip();
        return reason.isEmpty() ? "it gave no reason" : reason;
    }

    private static void fail(List<Waiting> events, Exception failure) {
        events.forEach(waiting -> waiting.fate().completeExceptionally(failure));
    }

    private static IOException unreachable(ProcessingException e) {
        return new IOException(
                "The analytics collector cannot be reached or did not answer in time: " + e.getMessage(), e);
    }
}
