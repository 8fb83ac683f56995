package dev.offstage.task.notify;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.agroal.api.AgroalDataSource;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;

import com.github.f4b6a3.uuid.UuidCreator;

import dev.offstage.embedded.Mailbox;
import dev.offstage.job.JobState;
import dev.offstage.job.NewJob;
import dev.offstage.testing.HttpReceiver;
import dev.offstage.testing.HttpReceiver.Request;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.TestJobs;

/** From a notification to a mail and to a web hook that takes what Slack does. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class NotifyIT {

    private static final Map<String, String> MAIL = Map.of("kind", "mail");

    @Inject
    EntityManager entities;

    @Inject
    Notifications notifications;

    @Inject
    AgroalDataSource dataSource;

    private final Mailbox mailbox = OffstageResource.parts().mailbox();
    private final HttpReceiver receiver = HttpReceiver.start();
    private String email;
    private UUID user;

    @BeforeEach
    void signUp() {
        email = "ada-" + UUID.randomUUID() + "@example.com";
        user = given().contentType(ContentType.JSON)
                .body(Map.of("email", email, "name", "Ada"))
                .post("/signup")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath()
                .getUUID("id");
    }

    @AfterEach
    void close() {
        receiver.close();
    }

    @Test
    void severalWithinTheWindowBecomeOneMail() {
        QuarkusTransaction.requiringNew().run(() -> { // so that no digest comes in between
            for (String title : List.of("One", "Two", "Three")) {
                notifications.add(user, new Notification(UuidCreator.getTimeOrderedEpochPlus1(), title, ""));
            }
            assertThat(
                    entities.createNativeQuery("select count(distinct digest_at) from notification where user_id = ?1")
                            .setParameter(1, user)
                            .getSingleResult())
                    .as("ends of windows")
                    .isEqualTo(1L);
        });

        Mailbox.Mail digest = awaitMails(1).get(0);
        assertThat(digest.subject()).isEqualTo("3 notifications");
        assertThat(digest.text()).containsSubsequence("One", "Two", "Three");

        TestJobs.await(TestJobs.enqueue(List.of(notify("Later"))).get(0), JobState.COMPLETED);
        assertThat(awaitMails(2)).extracting(Mailbox.Mail::subject)
                .containsExactlyInAnyOrder("3 notifications", "Later");
    }

    @Test
    void aMessageGoesThroughEachChannelThatTheUserChose() {
        put(List.of(MAIL, slack()));

        TestJobs.enqueue(List.of(notify("Fish & <chips>")));

        Request post = receiver.await(1).get(0);
        assertThat(post.header("content-type")).isEqualTo("application/json");
        assertThat(JsonPath.from(post.body()).getMap("$"))
                .isEqualTo(Map.of("text", "Fish &amp; &lt;chips&gt;\nSee for yourself."));
        assertThat(awaitMails(1).get(0).subject()).isEqualTo("Fish & <chips>");
    }

    @Test
    void aChannelThatIsDownDoesNotRepeatTheOther() {
        put(List.of(MAIL, slack()));
        receiver.answerWith(500, 500, 200);

        TestJobs.enqueue(List.of(notify("Hello")));
        receiver.await(3);
        awaitMails(1);

        String job = receiver.requests().get(0).header("webhook-id");
        assertThat(TestJobs.await(UUID.fromString(job), JobState.COMPLETED).attempt).isGreaterThan(1);
        assertThat(receiver.requests()).extracting(request -> request.header("webhook-id")).containsOnly(job);
        assertThat(mails()).hasSize(1);
    }

    @Test
    void aChannelThatTheUserHasLeftIsNotUsedAnyMore() {
        receiver.answerWith(500);
        put(List.of(slack()));
        TestJobs.enqueue(List.of(notify("Hello")));
        UUID job = UUID.fromString(receiver.await(1).get(0).header("webhook-id"));

        put(List.of(MAIL));

        TestJobs.await(job, JobState.COMPLETED);
    }

    @Test
    void anUnknownUserIsAPermanentFailure() {
        UUID job = TestJobs.enqueue(List.of(
                new NewJob("notify", Map.of("userId", UUID.randomUUID(), "title", "Hello", "text", ""), "nobody")))
                .get(0);

        assertThat(TestJobs.await(job, JobState.DEAD).attempt).isEqualTo(1);
    }

    @Test
    void whatComesTwiceIsToldOnce() {
        Notification once = new Notification(UUID.randomUUID(), "Once", "Really.");
        notifications.add(user, once);
        notifications.add(user, once);

        assertThat(notifications.deliver(user)).isEqualTo(1);
        notifications.add(user, once);
        assertThat(notifications.deliver(user)).isZero();
        assertThat(awaitMails(1).get(0).text()).containsOnlyOnce("Really.");
    }

    @Test
    void whatALostDigestLeftBehindComesWithTheNext() throws SQLException {
        try (var connection = dataSource.getConnection(); var insert = connection.prepareStatement("""
                insert into notification (id, user_id, title, text, created_at, digest_at)
                values (gen_random_uuid(), ?, 'Forgotten', '', now(), now())
                """)) {
            insert.setObject(1, user);
            insert.executeUpdate();
        }

        TestJobs.enqueue(List.of(notify("Next")));

        assertThat(awaitMails(1).get(0).text()).contains("Forgotten", "Next");
    }

    @Test
    void channelsAreKeptInTheirOrder() {
        operator().get("/users/" + user + "/channels").then().statusCode(200).body("$", equalTo(List.of(MAIL)));

        List<Map<String, String>> channels = List.of(slack(), MAIL,
                Map.of("kind", "slack", "url", receiver.url() + "/b"));
        put(channels);
        List<Map<String, String>> reversed = new ArrayList<>(channels);
        Collections.reverse(reversed);
        put(reversed);

        operator().get("/users/" + user + "/channels").then().body("$", equalTo(reversed));
        operator().get("/operations").then().body("target", hasItem("user " + user));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            []                                                        | channels  | 1 to 5
            null                                                      | channels  | 1 to 5
            [null]                                                    | channels  | 1 to 5
            [{"kind":"mail"},{"kind":"mail"}]                         | channels  | twice
            [{"kind":"mail"},{"kind":"pigeon"}]                       | [1].kind  | mail, slack
            [{"kind":"mail","url":"https://example.com"}]             | [0].url   | leave
            [{"kind":"slack"}]                                        | [0].url   | https://example.com
            [{"kind":"slack","url":"https://no-such-host.invalid"}]   | [0].url   | no-such-host.invalid
            """)
    void whatIsNotValidIsNamed(String body, String field, String advice) {
        operator().contentType(ContentType.JSON)
                .body(body)
                .put("/users/" + user + "/channels")
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("violations.field", equalTo(List.of(field)))
                .body("violations[0].message", containsString(advice));
    }

    @Test
    void onlyUsersHaveChannelsAndOnlyOperatorsSeeThem() {
        operator().get("/users/" + UUID.randomUUID() + "/channels").then().statusCode(404);
        operator().contentType(ContentType.JSON)
                .body(List.of(MAIL))
                .put("/users/" + UUID.randomUUID() + "/channels")
                .then()
                .statusCode(404);
        given().get("/users/" + user + "/channels").then().statusCode(401);
    }

    private NewJob notify(String title) {
        return new NewJob("notify", Map.of("userId", user, "title", title, "text", "See for yourself."),
                user.toString());
    }

    private Map<String, String> slack() {
        return Map.of("kind", "slack", "url", receiver.url() + "/services/T0/B0/x");
    }

    private ValidatableResponse put(List<Map<String, String>> channels) {
        return operator().contentType(ContentType.JSON)
                .body(channels)
                .put("/users/" + user + "/channels")
                .then()
                .statusCode(200)
                .body("$", equalTo(channels));
    }

    /** Those to this user but for the welcome. */
    private List<Mailbox.Mail> mails() {
        try {
            return mailbox.newest(200)
                    .stream()
                    .filter(mail -> mail.to().contains(email) && !mail.subject().startsWith("Welcome"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Mailbox.Mail> awaitMails(int count) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> mails().size() >= count);
        return mails();
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", OffstageResource.PASSWORD);
    }
}
