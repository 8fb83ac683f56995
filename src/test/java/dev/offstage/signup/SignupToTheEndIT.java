package dev.offstage.signup;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;

import com.fasterxml.jackson.databind.JsonNode;

import dev.offstage.embedded.AnalyticsCollector;
import dev.offstage.embedded.AnalyticsCollector.Answer;
import dev.offstage.embedded.Mailbox;
import dev.offstage.job.JobState;
import dev.offstage.job.ledger.Job;
import dev.offstage.picture.format.AvatarLimits;
import dev.offstage.picture.format.GifFrames;
import dev.offstage.picture.format.MovingPictures;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.Pictures;
import dev.offstage.testing.TestJobs;

import javax.imageio.ImageIO;

/** Three real jobs, from the request to a mail in a mailbox, pictures and an event at a collector. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class SignupToTheEndIT {

    private final Mailbox mailbox = OffstageResource.parts().mailbox();
    private final AnalyticsCollector collector = OffstageResource.parts().collector();

    @AfterEach
    void letTheOthersWork() throws Exception {
        mailbox.start();
        collector.answerWith(Answer.OK);
    }

    @Test
    void threeJobsDoTheirWork() throws Exception {
        String email = freshEmail();
        JsonPath signup = given().multiPart("email", email)
                .multiPart("name", "Ada <b>Lovelace</b>")
                .multiPart("avatar", "photo.jpg", Pictures.jpeg(1_200, 800), "image/jpeg")
                .post("/signup")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath();
        List<UUID> jobs = signup.getList("jobs.id", UUID.class);

        jobs.forEach(job -> TestJobs.await(job, JobState.COMPLETED));

        Mailbox.Mail mail = mailTo(email);
        assertThat(mail.messageId()).isEqualTo("<" + job(signup, "welcome-email") + "@offstage.example>");
        assertThat(mail.text()).contains("Ada <b>Lovelace</b>");
        assertThat(mail.html()).contains("Ada &lt;b&gt;Lovelace&lt;/b&gt;").doesNotContain("<b>Lovelace");
        for (int size : List.of(64, 256, 512)) {
            Response picture = given().get("/users/" + signup.getString("id") + "/avatar/" + size);
            picture.then().statusCode(200).contentType("image/jpeg");
            BufferedImage image = ImageIO.read(new ByteArrayInputStream(picture.asByteArray()));
            assertThat(List.of(image.getWidth(), image.getHeight())).containsExactly(size, size);
            given().header("If-None-Match", picture.header("ETag"))
                    .get("/users/" + signup.getString("id") + "/avatar/" + size)
                    .then()
                    .statusCode(304);
        }
        JsonNode event = eventOf(signup.getString("id"));
        assertThat(event.get("event").asText()).isEqualTo("Signed Up");
        assertThat(event.get("messageId").asText()).isEqualTo(job(signup, "analytics-sync").toString());
        assertThat(event.get("timestamp").asText()).isEqualTo(signup.getString("createdAt"));
    }

    @Test
    void aNameWithRoomForAMessageIsNotInTheMail() throws Exception {
        String email = freshEmail();
        String name = "Ada, your bonus of 500 EUR is ready: call +49 30 123456 and say ALPHA";
        JsonPath signup = given().contentType(ContentType.JSON)
                .body(Map.of("email", email, "name", name))
                .post("/signup")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath();
        TestJobs.await(job(signup, "welcome-email"), JobState.COMPLETED);

        Mailbox.Mail mail = mailTo(email);
        assertThat(mail.text()).startsWith("Welcome!").doesNotContain("bonus");
        assertThat(mail.html()).contains(">Welcome!<").doesNotContain("bonus");
        assertThat(mail.subject()).isEqualTo("Welcome to Offstage");
    }

    @Test
    void anAnimationIsServedAndItsPosterToo() throws Exception {
        String user = signUpWith("me.gif", "image/gif", MovingPictures.gif(300, 280, 4));

        for (int size : List.of(64, 256, 512)) {
            String path = "/users/" + user + "/avatar/" + size;
            Response animation = given().get(path);
            animation.then().statusCode(200).contentType("image/gif");
            GifFrames frames = GifFrames.read(ByteBuffer.wrap(animation.asByteArray()),
                    new AvatarLimits(1_000_000, 1_000_000, 500_000_000));
            assertThat(frames.frames()).hasSize(4);
            assertThat(List.of(frames.width(), frames.height())).containsOnly(Math.min(280, size));
            Response poster = given().get(path + "?still=true");
            poster.then().statusCode(200).contentType("image/jpeg");
            assertThat(poster.header("ETag")).isNotEqualTo(animation.header("ETag"));
            given().header("If-None-Match", animation.header("ETag")).get(path).then().statusCode(304);
            given().header("If-None-Match", poster.header("ETag")).get(path + "?still=true").then().statusCode(304);
        }
    }

    /** Larger than what is read from PostgreSQL at once. */
    @Test
    void aLargeAnimationArrivesWhole() throws Exception {
        Random random = new Random(1);
        MovingPictures.Frame[] frames = new MovingPictures.Frame[8];
        for (int i = 0; i < frames.length; i++) {
            BufferedImage noise = new BufferedImage(512, 512, BufferedImage.TYPE_BYTE_INDEXED);
            byte[] pixels = new byte[512 * 512];
            random.nextBytes(pixels);
            noise.getRaster().setDataElements(0, 0, 512, 512, pixels);
            frames[i] = MovingPictures.Frame.of(noise, 4);
        }
        String user = signUpWith("me.gif", "image/gif", MovingPictures.gif(0, frames));

        byte[] animation = given().get("/users/" + user + "/avatar/512").asByteArray();

        assertThat(animation).hasSizeGreaterThan(2 * 1024 * 1024);
        assertThat(GifFrames.read(ByteBuffer.wrap(animation), new AvatarLimits(1_000_000, 10_000_000, 500_000_000))
                .frames())
                .hasSize(8);
    }

    @Test
    void aVideoIsServedAsItsPoster() throws Exception {
        String user = signUpWith("me.mp4", "video/mp4", MovingPictures.mp4(
                dev.offstage.picture.format.Pictures.quarters(320, 240, BufferedImage.TYPE_INT_RGB)));

        for (String still : List.of("", "?still=true")) {
            Response poster = given().get("/users/" + user + "/avatar/64" + still);
            poster.then().statusCode(200).contentType("image/jpeg");
            BufferedImage image = ImageIO.read(new ByteArrayInputStream(poster.asByteArray()));
            assertThat(List.of(image.getWidth(), image.getHeight())).containsOnly(64);
            assertThat(new Color(image.getRGB(16, 16)).getRed()).isGreaterThan(220);
            assertThat(new Color(image.getRGB(16, 48)).getBlue()).isGreaterThan(220);
        }
    }

    /** Returns the user's id when the pictures are there. */
    private static String signUpWith(String name, String contentType, byte[] avatar) {
        JsonPath signup = given().multiPart("email", freshEmail())
                .multiPart("name", "Ada")
                .multiPart("avatar", name, avatar, contentType)
                .post("/signup")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath();
        TestJobs.await(job(signup, "avatar-resize"), JobState.COMPLETED);
        return signup.getString("id");
    }

    @Test
    void aSizeThatIsNotMadeIsNotFound() {
        given().get("/users/" + UUID.randomUUID() + "/avatar/64")
                .then()
                .statusCode(404)
                .contentType("application/problem+json");
        given().get("/users/" + UUID.randomUUID() + "/avatar/65").then().statusCode(404);
    }

    @Test
    void mailIsDeliveredWhenTheServerIsBack() throws Exception {
        mailbox.stop();
        String email = freshEmail();

        UUID job = job(signUp(email), "welcome-email");

        await().atMost(Duration.ofSeconds(30)).until(() -> TestJobs.find(job).state == JobState.RETRYING);
        assertThat(TestJobs.failures(job)).isNotEmpty();
        mailbox.start();
        TestJobs.await(job, JobState.COMPLETED);
        assertThat(mailTo(email).subject()).contains("Welcome");
    }

    @Test
    void mailThatCannotBeSentEndsWithTheDeadLetters() {
        mailbox.stop();

        UUID job = job(signUp(freshEmail()), "welcome-email");

        Job dead = TestJobs.await(job, JobState.DEAD);
        assertThat(dead.attempt).isEqualTo(5);
        given().auth()
                .preemptive()
                .basic("operator", OffstageResource.PASSWORD)
                .get("/jobs/" + job)
                .then()
                .statusCode(200)
                .body("state", equalTo("dead"))
                .body("failures.attempt", equalTo(List.of(1, 2, 3, 4, 5)));
    }

    @Test
    void aCollectorThatIsTroubledIsAskedAgain() {
        collector.answerWith(new Answer(503, Map.of()));
        JsonPath signup = signUp(freshEmail());
        UUID job = job(signup, "analytics-sync");
        await().atMost(Duration.ofSeconds(30)).until(() -> TestJobs.find(job).state == JobState.RETRYING);

        collector.answerWith(Answer.OK);

        TestJobs.await(job, JobState.COMPLETED);
        assertThat(eventOf(signup.getString("id"))).isNotNull();
    }

    @Test
    void aCollectorThatSaysWhenToComeBackIsLeftAloneUntilThen() {
        collector.answerWith(new Answer(429, Map.of("Retry-After", "2")));
        UUID job = job(signUp(freshEmail()), "analytics-sync");
        await().atMost(Duration.ofSeconds(30)).until(() -> TestJobs.find(job).state == JobState.RETRYING);

        collector.answerWith(Answer.OK);

        Job completed = TestJobs.await(job, JobState.COMPLETED);
        assertThat(completed.startedAt).isAfterOrEqualTo(TestJobs.failures(job).get(0).failedAt.plusSeconds(2));
    }

    @Test
    void aCollectorThatRefusesIsNotAskedAgain() {
        collector.answerWith(new Answer(403, Map.of()));

        Job dead = TestJobs.await(job(signUp(freshEmail()), "analytics-sync"), JobState.DEAD);

        assertThat(dead.attempt).isEqualTo(1);
    }

    private static JsonPath signUp(String email) {
        return given().contentType(ContentType.JSON)
                .body(Map.of("email", email, "name", "Ada"))
                .post("/signup")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath();
    }

    private static UUID job(JsonPath signup, String type) {
        return UUID.fromString(signup.getString("jobs.find { it.type == '" + type + "' }.id"));
    }

    private Mailbox.Mail mailTo(String email) throws Exception {
        return mailbox.newest(1_000).stream().filter(mail -> mail.to().contains(email)).findFirst().orElseThrow();
    }

    private JsonNode eventOf(String user) {
        return collector.events()
                .stream()
                .filter(event -> event.get("userId").asText().equals(user))
                .findFirst()
                .orElseThrow();
    }

    private static String freshEmail() {
        return "ada-" + UUID.randomUUID() + "@example.com";
    }
}
