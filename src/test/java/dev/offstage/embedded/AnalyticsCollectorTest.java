package dev.offstage.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.offstage.embedded.AnalyticsCollector.Answer;
import dev.offstage.testing.TestDirectories;

class AnalyticsCollectorTest {

    private static final String EVENT = """
            {"event":"Signed <Up>","userId":"u-1","messageId":"%s","timestamp":"2026-11-23T21:40:11Z"}""";

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void takes_events_and_shows_them() throws Exception {
        try (AnalyticsCollector collector = new AnalyticsCollector(TestDirectories.make("analytics"), 0)) {
            HttpResponse<String> answer = track(collector, EVENT.formatted("m-1"));

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("{\"success\":true}");
            assertThat(collector.events()).extracting(event -> event.path("messageId").asText())
                    .containsExactly("m-1");
            assertThat(get(collector, "/")).contains("Signed &lt;Up&gt;").doesNotContain("<Up>");
            assertThat(get(collector, "/api/events")).contains("\"messageId\":\"m-1\"");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "words", "[]", "{}", "{\"event\":\"e\",\"userId\":\"u\"}",
            "{\"event\":\"e\",\"userId\":\"\",\"messageId\":\"m\"}"})
    void refuses_what_is_not_an_event(String body) throws Exception {
        try (AnalyticsCollector collector = new AnalyticsCollector(TestDirectories.make("analytics"), 0)) {
            assertThat(track(collector, body).statusCode()).isEqualTo(400);
            assertThat(collector.events()).isEmpty();
        }
    }

    @Test
    void takes_a_batch_but_for_what_is_no_event() throws Exception {
        try (AnalyticsCollector collector = new AnalyticsCollector(TestDirectories.make("analytics"), 0)) {
            HttpResponse<String> answer = post(collector, "/v1/batch", "{\"batch\":[" + EVENT.formatted("m-1")
                    + ",{\"messageId\":\"m-2\"}," + EVENT.formatted("m-3") + "],\"sentAt\":\"2026-11-23T21:40:11Z\"}");

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).contains("\"rejected\":[{\"messageId\":\"m-2\",\"reason\":\"event, userId");
            assertThat(collector.events()).extracting(event -> event.path("messageId").asText())
                    .containsExactly("m-3", "m-1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "words", "[]", "{}", "{\"batch\":[]}", "{\"batch\":7}"})
    void refuses_what_is_no_batch(String body) throws Exception {
        try (AnalyticsCollector collector = new AnalyticsCollector(TestDirectories.make("analytics"), 0)) {
            assertThat(post(collector, "/v1/batch", body).statusCode()).isEqualTo(400);
        }
    }

    @Test
    void answers_as_it_was_told() throws Exception {
        try (AnalyticsCollector collector = new AnalyticsCollector(TestDirectories.make("analytics"), 0)) {
            collector.answerWith(new Answer(429, Map.of("Retry-After", "7")));
            HttpResponse<String> busy = track(collector, EVENT.formatted("m-1"));
            assertThat(busy.statusCode()).isEqualTo(429);
            assertThat(busy.headers().firstValue("Retry-After")).contains("7");

            collector.answerWith(Answer.OK.after(Duration.ofMinutes(1)));
            assertThatThrownBy(() -> track(collector, EVENT.formatted("m-2"))).isInstanceOf(HttpTimeoutException.class);

            collector.answerWith(Answer.OK);
            assertThat(track(collector, EVENT.formatted("m-3")).statusCode()).isEqualTo(200);
            assertThat(collector.events()).extracting(event -> event.path("messageId").asText())
                    .containsExactly("m-3");
        }
    }

    @Test
    void keeps_its_events_over_a_kill_in_the_middle_of_a_line() throws Exception {
        Path directory = TestDirectories.make("analytics");
        try (AnalyticsCollector first = new AnalyticsCollector(directory, 0)) {
            track(first, EVENT.formatted("m-1"));
        }
        Files.writeString(directory.resolve("events.jsonl"), "{\"event\":\"ha", StandardOpenOption.APPEND);
        try (AnalyticsCollector second = new AnalyticsCollector(directory, 0)) {
            track(second, EVENT.formatted("m-2"));
        }

        try (AnalyticsCollector third = new AnalyticsCollector(directory, 0)) {
            assertThat(third.events()).extracting(event -> event.path("messageId").asText())
                    .containsExactly("m-2", "m-1");
        }
    }

    private HttpResponse<String> track(AnalyticsCollector collector, String body) throws Exception {
        return post(collector, "/v1/track", body);
    }

    private HttpResponse<String> post(AnalyticsCollector collector, String path, String body) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(collector.url() + path))
                .timeout(Duration.ofSeconds(1))
                .POST(BodyPublishers.ofString(body))
                .build(), BodyHandlers.ofString());
    }

    private String get(AnalyticsCollector collector, String path) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(collector.url() + path)).build(), BodyHandlers.ofString())
                .body();
    }
}
