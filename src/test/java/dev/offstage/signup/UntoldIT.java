package dev.offstage.signup;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.Response;

import dev.offstage.embedded.Mailbox.Mail;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.OtherSettings;
import dev.offstage.testing.Pictures;

/** A caller that signs up does not learn whether the address is taken; its owner does. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
@TestProfile(OtherSettings.class)
class UntoldIT {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final long UNTOLD_MS = 100;

    @Inject
    AgroalDataSource dataSource;

    private final String email = "ada-" + UUID.randomUUID() + "@example.com";

    @Test
    void theAnswersAreAlike() throws IOException {
        Response first = signUp(email);
        Response second = signUp(email.toUpperCase());

        for (Response answer : List.of(first, second)) {
            assertThat(answer.statusCode()).isEqualTo(201);
            assertThat(answer.time()).isGreaterThanOrEqualTo(UNTOLD_MS);
            String user = answer.jsonPath().getString("id");
            assertThat(answer.header("Location")).isEqualTo("/users/" + user);
            assertThat(answer.jsonPath().getList("jobs.type")).containsExactly("welcome-email", "avatar-resize",
                    "analytics-sync");
            assertThat(answer.jsonPath().getList("jobs.state")).containsOnly("queued");
        }
        assertThat(shape(first)).isEqualTo(shape(second));
        assertThat(first.headers().asList()).extracting("name")
                .isEqualTo(second.headers().asList().stream().map(header -> header.getName()).toList());
        mailsTo(email, 2);
        for (Response answer : List.of(first, second)) {
            String user = answer.jsonPath().getString("id");
            given().get("/signup/" + user).then().statusCode(404);
            given().get("/users/" + user + "/avatar/64").then().statusCode(404);
        }
    }

    @Test
    void theOwnerIsToldOnceInAnHour() throws Exception {
        signUp(email);
        for (int i = 0; i < 3; i++) {
            signUp(email);
        }

        List<Mail> mails = mailsTo(email, 2);
        assertThat(mails).extracting(Mail::subject)
                .containsExactlyInAnyOrder("Welcome to Offstage", "Somebody tried to sign up with your address");
        assertThat(mails).anyMatch(mail -> mail.text().contains("nothing was changed"));

        change("update taken_address set told_at = told_at - interval '1 hour'");
        signUp(email);
        assertThat(mailsTo(email, 3)).extracting(Mail::subject)
                .filteredOn(subject -> subject.startsWith("Somebody"))
                .hasSize(2);
    }

    private static List<String> shape(Response answer) {
        List<String> shape = new ArrayList<>();
        answer.jsonPath()
                .<String, Object>getMap("")
                .forEach((name, value) -> shape.add(name + " " + value.toString().length()));
        return shape;
    }

    private static Response signUp(String email) throws IOException {
        return given().contentType(ContentType.MULTIPART)
                .multiPart("email", email)
                .multiPart("name", "Ada")
                .multiPart("avatar", "photo.jpg", Pictures.jpeg(100, 100), "image/jpeg")
                .post("/signup");
    }

    private static List<Mail> mailsTo(String email, int count) {
        return await().atMost(LIMIT)
                .until(() -> OffstageResource.parts()
                        .mailbox()
                        .newest(1_000)
                        .stream()
                        .filter(mail -> mail.to().contains(email))
                        .toList(), mails -> mails.size() == count);
    }

    private void change(String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection(); var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }
}
