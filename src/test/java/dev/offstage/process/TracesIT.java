package dev.offstage.process;

import static io.opentelemetry.proto.trace.v1.Span.SpanKind.SPAN_KIND_CONSUMER;
import static io.opentelemetry.proto.trace.v1.Span.SpanKind.SPAN_KIND_PRODUCER;
import static io.opentelemetry.proto.trace.v1.Span.SpanKind.SPAN_KIND_SERVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import io.restassured.path.json.JsonPath;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.embedded.AnalyticsCollector.Answer;
import dev.offstage.testing.Installation;
import dev.offstage.testing.OffstageProcess;
import dev.offstage.testing.TraceCollector;
import dev.offstage.testing.TraceCollector.Ended;

/** A sign-up whose analytics event fails twice, followed through a collector of traces, the metrics and the log. */
class TracesIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String EVENT = "analytics-sync";
    private static final String MAIL = "welcome-email";

    private static TraceCollector collector;
    private static Installation installation;
    private static OffstageProcess offstage;
    private static JsonPath signup;
    private static List<Ended> trace;

    @BeforeAll
    static void signUp() throws Exception {
        collector = new TraceCollector();
        installation = new Installation("traces", Map.of("quarkus.otel.sdk.disabled", "false",
                "quarkus.otel.exporter.otlp.endpoint", collector.url(),
                "quarkus.otel.exporter.otlp.protocol", "http/protobuf",
                "quarkus.otel.bsp.schedule.delay", "100ms",
                "quarkus.log.console.json.enabled", "true",
                "quarkus.log.category.\"dev.offstage.queue.lane.AttemptRunner\".level", "DEBUG",
                "offstage.lanes", MAIL + "," + EVENT + ",report,mail"));
        offstage = installation.start("traces");
        Answer failure = new Answer(503, Map.of());
        installation.parts().collector().answerWith(failure, failure, Answer.OK);
        signup = JsonPath.from(offstage.postJson("/signup", "{\"name\":\"Ada\",\"email\":\"ada@example.com\"}").body());
        await().atMost(PATIENCE)
                .until(() -> named("process " + EVENT).size() == 3
                        && named("process " + MAIL).size() == 1 && named("POST /signup").size() == 1);
        String id = named("POST /signup").get(0).trace();
        trace = spansOf(id);
        Files.writeString(Path.of("target", "trace.txt"), String.join("\n", tree("", "")));
    }

    @AfterAll
    static void stop() throws Exception {
        installation.close();
        collector.close();
    }

    @Test
    void theRequestIsTheRootAndTheRecordsThatItSentAreBelowIt() {
        assertThat(spans("POST /signup")).singleElement().satisfies(request -> {
            assertThat(request.kind()).isEqualTo(SPAN_KIND_SERVER);
            assertThat(request.parent()).isEmpty();
        });
        for (String type : List.of(MAIL, EVENT)) {
            assertThat(spans("send " + type)).as("sent once, or again by a sweep").isNotEmpty().allSatisfy(send -> {
                assertThat(send.kind()).isEqualTo(SPAN_KIND_PRODUCER);
                assertThat(send.parent()).isEqualTo(spans("POST /signup").get(0).id());
                assertThat(send.attributes()).containsEntry("messaging.system", "kafka")
                        .containsEntry("messaging.destination.name", type)
                        .containsEntry("messaging.message.id", job(type));
            });
        }
    }

    @Test
    void everyAttemptIsBelowTheRecordThatAskedForTheJob() {
        List<Ended> attempts = spans("process " + EVENT);

        assertThat(attempts).extracting(span -> span.attributes().get("offstage.attempt"))
                .containsExactly("1", "2", "3");
        assertThat(attempts).extracting(Ended::failed).containsExactly(true, true, false);
        assertThat(attempts).allSatisfy(attempt -> {
            assertThat(attempt.kind()).isEqualTo(SPAN_KIND_CONSUMER);
            assertThat(spans("send " + EVENT)).extracting(Ended::id).contains(attempt.parent());
            assertThat(attempt.attributes()).containsEntry("messaging.message.id", job(EVENT));
        });
        assertThat(spans("process " + MAIL)).singleElement().satisfies(attempt -> {
            assertThat(attempt.failed()).isFalse();
            assertThat(spans("send " + MAIL)).extracting(Ended::id).contains(attempt.parent());
        });
    }

    @Test
    void whatAHandlerEnqueuesBelongsToItsTrace() throws Exception {
        assertThat(offstage.postJson("/jobs",
                "{\"type\":\"report\",\"payload\":{\"lastDays\":1,\"mailTo\":[\"ada@example.com\"]}}",
                Installation.PASSWORD).statusCode()).isEqualTo(201);

        await().atMost(PATIENCE)
                .until(() -> !named("process report").isEmpty() && !named("process mail").isEmpty());
        Ended report = named("process report").get(0);
        assertThat(named("send mail")).isNotEmpty().allSatisfy(send -> {
            assertThat(send.trace()).isEqualTo(report.trace());
            assertThat(send.parent()).isEqualTo(report.id());
        });
        assertThat(named("process mail")).extracting(Ended::trace).containsExactly(report.trace());
    }

    @Test
    void aTraceIsTakenUpIfWhoeverAsksKeepsIt() throws Exception {
        String kept = "4bf92f3577b34da6a3ce929d0e0e4736";
        String dropped = "0af7651916cd43dd8448eb211c80319c";
        String span = "00f067aa0ba902b7";
        signUp("grace@example.com", "00-" + dropped + "-" + span + "-00");
        try (Connection connection = installation.connection(); Statement sql = connection.createStatement()) {
            await().atMost(PATIENCE).until(() -> {
                try (ResultSet open = sql
                        .executeQuery("select count(*) from job where state not in ('completed', 'dead')")) {
                    return open.next() && open.getInt(1) == 0;
                }
            });
        }
        signUp("hedy@example.com", "00-" + kept + "-" + span + "-01");

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(spansOf(kept)).extracting(Ended::name)
                        .contains("POST /signup", "process " + MAIL, "process " + EVENT));
        assertThat(spansOf(kept)).filteredOn(ended -> ended.name().equals("POST /signup"))
                .extracting(Ended::parent)
                .containsExactly(span);
        assertThat(spansOf(dropped)).isEmpty();
    }

    private static void signUp(String email, String traceparent) throws Exception {
        HttpResponse<Void> answer = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(offstage.uri("/signup"))
                        .timeout(Duration.ofSeconds(10))
                        .header("Content-Type", "application/json")
                        .header("traceparent", traceparent)
                        .POST(HttpRequest.BodyPublishers
                                .ofString("{\"name\":\"Grace\",\"email\":\"" + email + "\"}"))
                        .build(), BodyHandlers.discarding());
        assertThat(answer.statusCode()).isEqualTo(201);
    }

    private static List<Ended> spansOf(String trace) {
        return collector.spans().stream().filter(span -> span.trace().equals(trace)).toList();
    }

    @Test
    void aBucketOfTheMetricsNamesTheTrace() throws Exception {
        String metrics = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(offstage.uri("/q/metrics"))
                        .header("Accept", "application/openmetrics-text; version=1.0.0; charset=utf-8")
                        .build(), BodyHandlers.ofString())
                .body();

        assertThat(metrics.lines())
                .filteredOn(line -> line.startsWith("offstage_job_attempts_seconds_bucket")
                        && line.contains("type=\"" + EVENT + "\""))
                .anySatisfy(line -> assertThat(line).contains("trace_id=\"" + trace.get(0).trace() + "\""));
    }

    @Test
    void linesOfAHandlerNameJobAndTrace() throws Exception {
        List<JsonNode> lines = lines();

        for (Ended attempt : spans("process " + EVENT)) {
            assertThat(lines).filteredOn(line -> line.path("mdc").path("spanId").asText().equals(attempt.id()))
                    .isNotEmpty()
                    .allSatisfy(line -> {
                        assertThat(line.path("mdc").path("traceId").asText()).isEqualTo(attempt.trace());
                        assertThat(line.path("mdc").path("job").asText()).isEqualTo(job(EVENT));
                        assertThat(line.path("mdc").path("jobType").asText()).isEqualTo(EVENT);
                    });
        }
    }

    @Test
    void theLineOfADeadLetterNamesJobAndTrace() throws Exception {
        String dead = "b7ad6b7169203331b7ad6b7169203331";
        installation.parts().collector().answerWith(new Answer(400, Map.of()));
        try {
            signUp("dead@example.com", "00-" + dead + "-00f067aa0ba902b7-01");
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(lines())
                            .filteredOn(line -> line.path("message").asText().contains("is dead after attempt 1"))
                            .singleElement()
                            .satisfies(line -> {
                                assertThat(line.at("/mdc/traceId").asText()).isEqualTo(dead);
                                assertThat(line.at("/mdc/jobType").asText()).isEqualTo(EVENT);
                                assertThat(line.path("message").asText())
                                        .contains(line.at("/mdc/job").asText("no job"));
                            }));
        } finally {
            installation.parts().collector().answerWith(Answer.OK);
        }
    }

    private static List<JsonNode> lines() throws Exception {
        ObjectMapper json = new ObjectMapper();
        List<JsonNode> lines = new ArrayList<>();
        for (String line : offstage.output().lines().filter(line -> line.startsWith("{")).toList()) {
            lines.add(json.readTree(line));
        }
        return lines;
    }

    private static String job(String type) {
        return signup.getString("jobs.find { it.type == '" + type + "' }.id");
    }

    /** In the order in which they began. */
    private static List<Ended> spans(String name) {
        return trace.stream()
                .filter(span -> span.name().equals(name))
                .sorted(Comparator.comparing(Ended::startNanos))
                .toList();
    }

    private static List<Ended> named(String name) {
        return collector.spans().stream().filter(span -> span.name().equals(name)).toList();
    }

    /** The trace as people draw it, in milliseconds from its start. */
    private static List<String> tree(String parent, String indent) {
        long start = named("POST /signup").get(0).startNanos();
        List<String> lines = new ArrayList<>();
        trace.stream()
                .filter(span -> span.parent().equals(parent))
                .sorted(Comparator.comparing(Ended::startNanos))
                .forEach(span -> {
                    lines.add("%s%s%s: from %d ms, took %d ms%s".formatted(indent, span.name(),
                            span.attributes().containsKey("offstage.attempt")
                                    ? ", attempt " + span.attributes().get("offstage.attempt")
                                    : "",
                            (span.startNanos() - start) / 1_000_000, (span.endNanos() - span.startNanos()) / 1_000_000,
                            span.failed() ? ", failed" : ""));
                    lines.addAll(tree(span.id(), indent + "  "));
                });
        return lines;
    }
}
