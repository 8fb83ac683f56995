package dev.offstage.task.webhook;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import jakarta.inject.Inject;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;

import com.standardwebhooks.exceptions.WebhookVerificationException;

import dev.offstage.embedded.Mailbox;
import dev.offstage.job.JobState;
import dev.offstage.job.NewJob;
import dev.offstage.job.ledger.Job;
import dev.offstage.testing.HttpReceiver;
import dev.offstage.testing.HttpReceiver.Request;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

/** From an event to a receiver that verifies its signature. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class WebhooksIT {

    private static final String OWNER = "owner@example.com";

    @Inject
    AgroalDataSource dataSource;

    private final HttpReceiver receiver = HttpReceiver.start();
    private final List<String> created = new ArrayList<>();

    @AfterEach
    void deleteWebhooks() {
        created.forEach(id -> operator().delete("/webhooks/" + id));
        receiver.close();
    }

    @Test
    void aSignUpIsToldAndSigned() throws Exception {
        JsonPath webhook = subscribe(WebhookEvent.USER_SIGNED_UP);

        JsonPath signup = signUp();

        Request delivery = receiver.await(1).get(0);
        verifier(webhook).verify(delivery.body(), delivery.headers());
        JsonPath body = JsonPath.from(delivery.body());
        assertThat(body.getString("type")).isEqualTo("user.signed-up");
        assertThat(body.getString("timestamp")).isEqualTo(signup.getString("createdAt"));
        assertThat(body.getMap("data")).isEqualTo(Map.of("userId", signup.getString("id"), "email",
                signup.getString("email"), "name", "Ada", "signedUpAt", signup.getString("createdAt")));
        UUID job = UUID.fromString(delivery.header("webhook-id"));
        assertThat(TestJobs.await(job, JobState.COMPLETED).type).isEqualTo("webhook");
        get("/jobs/" + job).body("result.status", equalTo(204));
        assertThat(signup.getList("jobs.type")).doesNotContain("webhook");
        assertThat(given().get("/signup/" + signup.getString("id")).jsonPath().getList("jobs.type"))
                .containsExactly("welcome-email", "analytics-sync");
        assertThatThrownBy(() -> verifier(webhook).verify(delivery.body() + " ", delivery.headers()))
                .isInstanceOf(WebhookVerificationException.class);
    }

    @Test
    void aReceiverThatIsTroubledIsAskedAgainUnderTheSameId() throws Exception {
        receiver.answerWith(500);
        JsonPath webhook = subscribe(WebhookEvent.USER_SIGNED_UP);
        signUp();
        receiver.await(2);
        get("/webhooks/" + webhook.getString("id")).body("failingSince", notNullValue());

        receiver.answerWith(204);

        UUID job = UUID.fromString(receiver.requests().get(0).header("webhook-id"));
        TestJobs.await(job, JobState.COMPLETED);
        assertThat(receiver.requests()).extracting(request -> request.header("webhook-id"))
                .containsOnly(job.toString());
        for (Request request : receiver.requests()) {
            verifier(webhook).verify(request.body(), request.headers());
        }
        get("/webhooks/" + webhook.getString("id")).body("failingSince", nullValue());
    }

    @Test
    void everySecretOfTheLastDaySigns() throws Exception {
        JsonPath before = subscribe(WebhookEvent.USER_SIGNED_UP);
        String id = before.getString("id");
        JsonPath after = post("/webhooks/" + id + "/rotate", Map.of()).statusCode(200).extract().jsonPath();
        assertThat(after.getString("secret")).startsWith("whsec_").isNotEqualTo(before.getString("secret"));

        signUp();
        Request both = receiver.await(1).get(0);
        assertThat(both.header("webhook-signature").split(" ")).hasSize(2);
        verifier(before).verify(both.body(), both.headers());
        verifier(after).verify(both.body(), both.headers());

        JsonPath again = post("/webhooks/" + id + "/rotate", Map.of()).statusCode(200).extract().jsonPath();
        signUp();
        Request all = receiver.await(2).get(1);
        for (JsonPath secret : List.of(before, after, again)) {
            verifier(secret).verify(all.body(), all.headers());
        }

        post("/webhooks/" + id + "/rotate", Map.of()).statusCode(200);
        post("/webhooks/" + id + "/rotate", Map.of()).statusCode(200);
        post("/webhooks/" + id + "/rotate", Map.of()).statusCode(409)
                .body("detail", containsString("rotate again after"));

        update("""
                update webhook set earlier_secrets = array(select to_char((split_part(one, ' ', 1))::timestamptz at time zone 'UTC'
                    - interval '24 hours', 'YYYY-MM-DD"T"HH24:MI:SS"Z" ') || split_part(one, ' ', 2)
                    from unnest(earlier_secrets) as one) where id = ?
                """,
                id);
        JsonPath last = post("/webhooks/" + id + "/rotate", Map.of()).statusCode(200).extract().jsonPath();
        signUp();
        Request one = receiver.await(3).get(2);
        verifier(last).verify(one.body(), one.headers());
        assertThat(one.header("webhook-signature").split(" ")).hasSize(2);
        assertThatThrownBy(() -> verifier(before).verify(one.body(), one.headers()))
                .isInstanceOf(WebhookVerificationException.class);
    }

    @Test
    void anEndpointThatIsGoneIsSwitchedOffAndItsOwnerIsTold() throws Exception {
        try (HttpReceiver watcher = HttpReceiver.start()) {
            subscribe(watcher.url(), WebhookEvent.WEBHOOK_DISABLED, "watcher@example.com");
            receiver.answerWith(410);
            String id = subscribe(WebhookEvent.USER_SIGNED_UP).getString("id");

            signUp();

            UUID job = UUID.fromString(receiver.await(1).get(0).header("webhook-id"));
            TestJobs.await(job, JobState.COMPLETED);
            get("/webhooks/" + id).body("disabledAt", notNullValue()).body("disabledReason", containsString("410"));
            JsonPath told = JsonPath.from(watcher.await(1).get(0).body());
            assertThat(told.getString("type")).isEqualTo("webhook.disabled");
            assertThat(told.getString("data.id")).isEqualTo(id);
            assertThat(told.getString("data.host")).isEqualTo("127.0.0.1");
            assertThat(mailAbout(id).to()).isEqualTo(OWNER);
            assertThat(mailAbout(id).text()).contains("410", "POST /webhooks/" + id + "/enable");

            assertQuiet(deliver(id));
            receiver.answerWith(204);
            post("/webhooks/" + id + "/enable", Map.of()).statusCode(200).body("disabledAt", nullValue());
            TestJobs.await(deliver(id), JobState.COMPLETED);
            assertThat(receiver.requests()).hasSize(2);
        }
    }

    @Test
    void anEndpointThatFailsForThreeDaysIsSwitchedOff() throws Exception {
        receiver.answerWith(404);
        String id = subscribe(WebhookEvent.USER_SIGNED_UP).getString("id");
        TestJobs.await(deliver(id), JobState.DEAD);
        get("/webhooks/" + id).body("failingSince", notNullValue()).body("disabledAt", nullValue());

        failedSince("71 hours", "23 hours", id);
        TestJobs.await(deliver(id), JobState.DEAD);
        get("/webhooks/" + id).body("disabledAt", nullValue());

        failedSince("72 hours", "23 hours", id);
        TestJobs.await(deliver(id), JobState.DEAD);
        get("/webhooks/" + id).body("disabledAt", notNullValue()).body("disabledReason", containsString("404"));
        assertThat(mailAbout(id).to()).isEqualTo(OWNER);
        assertQuiet(deliver(id));
    }

    @Test
    void twoFailuresWithDaysOfSilenceBetweenThemAreNotThreeDaysOfFailures() throws Exception {
        receiver.answerWith(404);
        String id = subscribe(WebhookEvent.USER_SIGNED_UP).getString("id");
        failedSince("200 hours", "72 hours", id);

        TestJobs.await(deliver(id), JobState.DEAD);

        Instant since = Instant
                .parse(get("/webhooks/" + id).body("disabledAt", nullValue()).extract().path("failingSince"));
        assertThat(since).isAfter(Instant.now().minus(Duration.ofHours(1)));
    }

    @Test
    void aDeliveryForADeletedWebhookEndsQuietly() {
        assertQuiet(deliver(UUID.randomUUID().toString()));
    }

    @Test
    void aRedirectIsNotFollowed() {
        try (HttpReceiver other = HttpReceiver.start()) {
            receiver.answerWith(new HttpReceiver.Answer(308, Map.of("Location", other.url()), new byte[0],
                    Duration.ZERO));
            String id = subscribe(WebhookEvent.USER_SIGNED_UP).getString("id");

            TestJobs.await(deliver(id), JobState.DEAD);

            assertThat(receiver.requests()).hasSize(1);
            assertThat(other.requests()).isEmpty();
        }
    }

    @Test
    void aJobThatFailedForGoodIsToldAndADeliveryIsNot() throws Exception {
        JsonPath webhook = subscribe(WebhookEvent.JOB_DEAD);

        UUID dead = TestJobs.enqueue(Script.fails("permanent"));

        Request delivery = receiver.await(1).get(0);
        verifier(webhook).verify(delivery.body(), delivery.headers());
        JsonPath body = JsonPath.from(delivery.body());
        assertThat(body.getString("type")).isEqualTo("job.dead");
        assertThat(body.getString("data.id")).isEqualTo(dead.toString());
        assertThat(body.getInt("data.attempts")).isEqualTo(1);
        assertThat(body.getString("data.error.message")).isEqualTo("There is no such thing.");

        receiver.answerWith(404);
        UUID another = TestJobs.enqueue(Script.fails("permanent"));
        UUID refused = UUID.fromString(receiver.await(2).get(1).header("webhook-id"));
        TestJobs.await(refused, JobState.DEAD);
        receiver.answerWith(204);
        UUID last = TestJobs.enqueue(Script.fails("permanent"));
        receiver.await(3);
        assertThat(receiver.requests()).extracting(request -> JsonPath.from(request.body()).getString("data.id"))
                .containsExactly(dead.toString(), another.toString(), last.toString());
    }

    private void assertQuiet(UUID job) {
        int before = receiver.requests().size();
        Job completed = TestJobs.await(job, JobState.COMPLETED);
        assertThat(completed.attempt).isEqualTo(1);
        get("/jobs/" + job).body("result.notSent", notNullValue());
        assertThat(receiver.requests()).hasSize(before);
    }

    /** A delivery to this web hook, whatever it has subscribed to. */
    private static UUID deliver(String webhook) {
        return TestJobs.enqueue(List.of(new NewJob(WebhookMessage.JOB_TYPE,
                new WebhookMessage(UUID.fromString(webhook), "user.signed-up", Instant.now(), Map.of()), webhook)))
                .get(0);
    }

    private JsonPath subscribe(WebhookEvent event) {
        return subscribe(receiver.url() + "/hooks", event, OWNER);
    }

    /** Returns when this process knows of it. */
    private JsonPath subscribe(String url, WebhookEvent event, String owner) {
        JsonPath webhook = post("/webhooks", Map.of("url", url, "events", List.of(event.label()), "owner", owner))
                .statusCode(201)
                .extract()
                .jsonPath();
        created.add(webhook.getString("id"));
        return webhook;
    }

    private static JsonPath signUp() {
        return given().contentType(ContentType.JSON)
                .body(Map.of("email", "ada-" + UUID.randomUUID() + "@example.com", "name", "Ada"))
                .post("/signup")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath();
    }

    private static com.standardwebhooks.Webhook verifier(JsonPath webhook) {
        return new com.standardwebhooks.Webhook(webhook.getString("secret"));
    }

    private static Mailbox.Mail mailAbout(String webhook) {
        Mailbox mailbox = OffstageResource.parts().mailbox();
        return Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> mailbox.newest(100)
                        .stream()
                        .filter(mail -> mail.text() != null && mail.text().contains(webhook))
                        .findFirst(), Optional::isPresent)
                .orElseThrow();
    }

    /** As if every attempt had failed since then, the last one so long ago. */
    private void failedSince(String first, String last, String webhook) throws SQLException {
        update("update webhook set failing_since = now() - interval '" + first + "', failed_at = now() - interval '"
                + last
                + "' where id = ?", webhook);
    }

    private void update(String sql, String webhook) throws SQLException {
        try (var connection = dataSource.getConnection(); var update = connection.prepareStatement(sql)) {
            update.setObject(1, UUID.fromString(webhook));
            assertThat(update.executeUpdate()).isEqualTo(1);
        }
    }

    private static ValidatableResponse post(String path, Object body) {
        return operator().contentType(ContentType.JSON).body(body).post(path).then();
    }

    private static ValidatableResponse get(String path) {
        return operator().get(path).then();
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", OffstageResource.PASSWORD);
    }
}
