package dev.offstage.queue;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.hasSize;

import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.UUID;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.specification.RequestSpecification;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.DecimalNode;

import dev.offstage.job.JobState;
import dev.offstage.job.ledger.Job;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;
import dev.offstage.testing.TestTopic;

/** A payload is what its sender wrote, whichever way it comes, or it is refused with a reason. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class PayloadsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String NUMBERS = "{\"price\":1234567890.123456789,\"h\":100e2}";
    private static final int DEEPEST = 500;

    private final ObjectMapper exact = new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    private final TestTopic queue = new TestTopic("scripted");
    private final TestTopic deadLetters = new TestTopic("scripted.dlq");

    @Test
    void numbersComeThroughOverHttpAsTheyWere() throws Exception {
        JsonNode answer = created(payload(NUMBERS));
        assertThatNumbersAreWhole(answer.at("/payload/data"));

        assertThatTheyCameThrough(UUID.fromString(answer.get("id").asText()));
    }

    @Test
    void numbersComeThroughOverKafkaAsTheyWere() throws Exception {
        assertThatTheyCameThrough(written(payload(NUMBERS)));
    }

    private JsonNode created(String payload) throws Exception {
        HttpResponse<String> answer = post(payload);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return exact.readTree(answer.body());
    }

    private void assertThatTheyCameThrough(UUID job) throws JsonProcessingException {
        TestJobs.await(job, JobState.COMPLETED);
        assertThatNumbersAreWhole(ScriptedHandler.runs(job).get(0).script().data());
        String shown = operator().get("/jobs/" + job).asString();
        assertThat(shown).contains("1234567890.123456789");
        assertThatNumbersAreWhole(exact.readTree(shown).at("/payload/data"));
    }

    private static void assertThatNumbersAreWhole(JsonNode data) {
        assertThat(data.get("price").decimalValue()).isEqualByComparingTo(new BigDecimal("1234567890.123456789"));
        assertThat(data.get("h").decimalValue()).isEqualByComparingTo(new BigDecimal("10000"));
    }

    @Test
    void whatIsDeepComesThroughUpToTheLimit() throws Exception {
        String deep = nested(DEEPEST - 1); // within the payload
        UUID id = UUID.fromString(created(payload(deep)).get("id").asText());

        for (UUID job : List.of(id, written(payload(deep)))) {
            TestJobs.await(job, JobState.COMPLETED);
            assertThat(ScriptedHandler.runs(job).get(0).script().data()).hasToString(deep);
            operator().get("/jobs?key=" + TestJobs.find(job).key).then().statusCode(200).body("items", hasSize(1));
        }
    }

    /** A payload, and what is said of it. */
    record Refused(String payload, String overHttp, String overKafka) {

        @Override
        public String toString() {
            return payload.substring(0, Math.min(60, payload.length()));
        }
    }

    static List<Refused> refused() {
        return List.of(new Refused(payload("{\"a\":1,\"a\":2}"), "Duplicate", "Duplicate"),
                new Refused(payload("{\"a\":{\"b\":1,\"\\u0062\":1}}"), "Duplicate", "Duplicate"),
                new Refused(payload("\"a\\u0000b\""), "PostgreSQL cannot hold this", "PostgreSQL cannot hold the job"),
                new Refused(payload("{\"a\\u0000b\":1}"), "PostgreSQL cannot hold this",
                        "PostgreSQL cannot hold the job"),
                new Refused(payload(nested(DEEPEST)), "deeper than 500", "deeper than 500"),
                new Refused(payload(nested(2 * DEEPEST)), "depth", "depth"),
                new Refused(payload(nested(100_000)), "depth", "depth"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatCannotBeKeptAsItIsIsRefusedBothWays(Refused refused) throws Exception {
        HttpResponse<String> answer = post(refused.payload);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/problem+json");
        assertThat(answer.body()).contains(refused.overHttp);

        String id = UUID.randomUUID().toString();
        byte[] record = record(id, refused.payload).getBytes(UTF_8);
        queue.write(record);
        ConsumerRecord<byte[], byte[]> letter = deadLetters.read(1, any -> Arrays.equals(any.value(), record)).get(0);
        assertThat(TestTopic.header(letter, "offstage-error-message")).contains(refused.overKafka);
        assertThat(ofKey(id)).isEmpty();
    }

    /** A program of this one's own may enqueue what HTTP and Kafka refuse: its job must not wait for ever. */
    @Test
    void aJobWhoseRecordIsRefusedEnds() {
        UUID job = TestJobs.enqueue(new Script(0, "passing", null,
                DecimalNode.valueOf(new BigDecimal("1e400").add(new BigDecimal("0.5")))));

        TestJobs.await(job, JobState.DEAD);

        assertThat(TestJobs.failures(job)).singleElement()
                .satisfies(failure -> assertThat(failure.errorMessage).contains("a number that is too large"));
    }

    private static String payload(String data) {
        return "{\"failures\":0,\"how\":\"passing\",\"data\":" + data + "}";
    }

    private static String nested(int depth) {
        return "[".repeat(depth) + "]".repeat(depth);
    }

    private static String record(String id, String payload) {
        return "{\"id\":\"" + id + "\",\"payload\":" + payload + "}";
    }

    /** As another program does. */
    private UUID written(String payload) throws Exception {
        String id = UUID.randomUUID().toString();
        queue.write(record(id, payload));
        await().atMost(PATIENCE).until(() -> ofKey(id).size() == 1);
        return ofKey(id).get(0).id;
    }

    /** The records have no key, so their ids are those. */
    private static List<Job> ofKey(String key) {
        return QuarkusTransaction.requiringNew().call(() -> Job.ofKey(key));
    }

    /** With the platform's client: others would lay out what is nested. */
    private static HttpResponse<String> post(String payload) throws Exception {
        String password = Base64.getEncoder().encodeToString(("operator:" + OffstageResource.PASSWORD).getBytes(UTF_8));
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + "/jobs"))
                .timeout(PATIENCE)
                .header("Authorization", "Basic " + password)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"type\":\"scripted\",\"payload\":" + payload + "}"))
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", OffstageResource.PASSWORD);
    }
}
