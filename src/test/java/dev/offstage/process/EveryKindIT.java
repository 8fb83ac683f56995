package dev.offstage.process;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import io.restassured.path.json.JsonPath;
import io.restassured.specification.RequestSpecification;

import com.standardwebhooks.Webhook;

import dev.offstage.embedded.Mailbox;
import dev.offstage.picture.format.MovingPictures;
import dev.offstage.testing.HttpReceiver;
import dev.offstage.testing.Installation;
import dev.offstage.testing.OffstageProcess;
import dev.offstage.testing.Program;

/**
 * Every kind of background work in one run of the packaged service, each on a real counterpart: a mailbox, HTTP servers that check
 * signatures, and files that other people's programs open.
 */
class EveryKindIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final HttpReceiver SUBSCRIBER = HttpReceiver.start();
    private static final HttpReceiver SLACK = HttpReceiver.start();
    private static Installation installation;
    private static OffstageProcess service;

    @BeforeAll
    static void startTheService() throws Exception {
        installation = new Installation("every-kind",
                Map.of("offstage.webhooks.allow-private", "true", "offstage.notifications.digest", "2s"));
        service = installation.start("every-kind");
        operator()
                .body(Map.of("cron", "* * * * *", "zone", "UTC", "type", "cleanup", "payload", Map.of(), "enabled",
                        true))
                .put(service.uri("/schedules/every-minute"))
                .then()
                .statusCode(201); // now, as its minute takes longer than most of the tests
    }

    @AfterAll
    static void stopTheService() throws Exception {
        installation.close();
        SUBSCRIBER.close();
        SLACK.close();
    }

    @Test
    void aSignUpIsWelcomedSynchronisedAndTold() throws Exception {
        JsonPath webhook = post("/webhooks",
                Map.of("url", SUBSCRIBER.url(), "events", List.of("user.signed-up", "job.dead")));

        JsonPath signup = signUp("ada.gif", MovingPictures.gif(640, 520, 8), "image/gif");

        String user = signup.getString("id");
        assertThat(mails(mail -> mail.to().contains(signup.getString("email")))).hasSize(1);
        await().atMost(PATIENCE)
                .until(() -> installation.parts()
                        .collector()
                        .events()
                        .stream()
                        .anyMatch(event -> event.get("userId").asText().equals(user)));
        HttpReceiver.Request delivery = SUBSCRIBER.await(1).get(0);
        verify(webhook, delivery);
        assertThat(JsonPath.from(delivery.body()).getString("data.userId")).isEqualTo(user);

        JsonPath failing = post("/jobs", Map.of("type", "notify", "payload",
                Map.of("userId", UUID.randomUUID(), "title", "Nobody", "text", "is told")));
        HttpReceiver.Request death = SUBSCRIBER.await(2).get(1);
        verify(webhook, death);
        assertThat(JsonPath.from(death.body()).getString("data.id")).isEqualTo(failing.getString("id"));
    }

    @Test
    void picturesThatMoveAreReadByOtherPrograms() throws Exception {
        assumeTrue(Program.areInstalled("identify", "ffprobe"), "ImageMagick and ffmpeg are not installed");
        String animated = signUp("ada.gif", MovingPictures.gif(640, 520, 8), "image/gif").getString("id");
        String filmed = signUp("ada.mp4", MovingPictures.mp4(MovingPictures.plain(640, 520, Color.ORANGE),
                MovingPictures.plain(640, 520, Color.BLUE)), "video/mp4").getString("id");

        for (int size : List.of(64, 256, 512)) {
            String picture = avatar(animated, size + "", ".gif");
            assertThat(Program.output("identify", "-format", "%m %Wx%H\n", picture).strip().split("\n")).hasSize(8)
                    .containsOnly("GIF " + size + "x" + size);
            assertThat(Program.output("ffprobe", "-v", "error", "-count_frames", "-show_entries",
                    "stream=codec_name,width,height,nb_read_frames", "-of", "csv=p=0", picture).strip())
                    .isEqualTo("gif,%1$d,%1$d,8".formatted(size));
            for (String still : List.of(avatar(animated, size + "?still=true", "-still"),
                    avatar(filmed, size + "", "-poster"))) {
                assertThat(Program.output("identify", "-format", "%wx%h\n", still).strip())
                        .isEqualTo("%1$dx%1$d".formatted(size));
            }
        }
    }

    @Test
    void severalNotificationsBecomeOneMessageInEachChannel() throws Exception {
        JsonPath signup = signUp();
        String user = signup.getString("id");
        operator()
                .body(List.of(Map.of("kind", "mail"), Map.of("kind", "slack", "url", SLACK.url() + "/services/T/B/x")))
                .put(service.uri("/users/" + user + "/channels"))
                .then()
                .statusCode(200);

        for (String title : List.of("First <b>", "Second")) {
            post("/jobs",
                    Map.of("type", "notify", "payload", Map.of("userId", user, "title", title, "text", "It is done.")));
        }

        String said = JsonPath.from(SLACK.await(1).get(0).body()).getString("text");
        assertThat(said).contains("First &lt;b&gt;", "Second", "It is done.");
        assertThat(mails(mail -> mail.to().contains(signup.getString("email")) && mail.text().contains("First <b>")))
                .singleElement()
                .satisfies(mail -> assertThat(mail.text()).contains("Second"));
        assertThat(SLACK.requests()).hasSize(1);
    }

    @Test
    void aReportIsReadByAnotherProgramAndMailed() throws Exception {
        assumeTrue(Program.areInstalled("pdftotext"), "poppler is not installed");
        JsonPath signup = signUp();
        String today = LocalDate.now(ZoneOffset.UTC).toString();
        String reader = "reader-" + UUID.randomUUID() + "@example.com";

        String job = post("/jobs", Map.of("type", "report", "payload",
                Map.of("from", LocalDate.parse(today).minusDays(1).toString(), "to", today, "mailTo", List.of(reader))))
                .getString("id");

        String href = completed(job).getString("result.href");
        Path file = Path.of("target", "every-kind-report.pdf");
        Files.write(file, operator().get(service.uri(href)).then().statusCode(200).extract().asByteArray());
        String text = Program.output("pdftotext", "-layout", file.toString(), "-");
        assertThat(text).contains(signup.getString("email"), "1 of ");
        assertThat(mails(mail -> mail.to().contains(reader))).singleElement()
                .satisfies(mail -> assertThat(mail.text()).contains(href));
    }

    @Test
    void statisticsAreComputed() throws Exception {
        signUp();

        completed(post("/jobs", Map.of("type", "cohorts", "payload", Map.of())).getString("id"));

        JsonPath statistics = operator().get(service.uri("/statistics")).then().statusCode(200).extract().jsonPath();
        assertThat(statistics.getLong("users")).isPositive();
        assertThat(statistics.getLong("byDay.sum { it.users }")).isEqualTo(statistics.getLong("users"));
    }

    @Test
    void aScheduleEnqueuesItsJob() throws Exception {
        await().atMost(PATIENCE)
                .until(() -> operator().get(service.uri("/jobs?type=cleanup&state=completed"))
                        .jsonPath()
                        .getList("items.key")
                        .contains("every-minute"));
        operator().delete(service.uri("/schedules/every-minute")).then().statusCode(204);
    }

    private static JsonPath signUp() {
        return signUp(given());
    }

    /** Until its jobs are done. */
    private static JsonPath signUp(String file, byte[] avatar, String type) {
        JsonPath signup = signUp(given().multiPart("avatar", file, avatar, type));
        signup.getList("jobs.id", String.class).forEach(EveryKindIT::completed);
        return signup;
    }

    private static JsonPath signUp(RequestSpecification form) {
        return form.multiPart("email", "ada-" + UUID.randomUUID().toString().substring(24) + "@example.com")
                .multiPart("name", "Ada Lovelace")
                .post(service.uri("/signup"))
                .then()
                .statusCode(201)
                .extract()
                .jsonPath();
    }

    private static String avatar(String user, String size, String ending) throws IOException {
        Path file = Path.of("target", "every-kind-avatar-" + size.replaceAll("\\D", "") + ending);
        Files.write(file,
                given().get(service.uri("/users/" + user + "/avatar/" + size))
                        .then()
                        .statusCode(200)
                        .extract()
                        .asByteArray());
        return file.toString();
    }

    private static JsonPath completed(String job) {
        await().atMost(PATIENCE).until(() -> state(job).equals("completed"));
        return operator().get(service.uri("/jobs/" + job)).jsonPath();
    }

    private static String state(String job) {
        return operator().get(service.uri("/jobs/" + job)).jsonPath().getString("state");
    }

    private static List<Mailbox.Mail> mails(Predicate<Mailbox.Mail> wanted) throws IOException {
        Mailbox mailbox = installation.parts().mailbox();
        await().atMost(PATIENCE).until(() -> mailbox.newest(100).stream().anyMatch(wanted));
        return mailbox.newest(100).stream().filter(wanted).toList();
    }

    private static void verify(JsonPath webhook, HttpReceiver.Request delivery) throws Exception {
        new Webhook(webhook.getString("secret")).verify(delivery.body(), delivery.headers());
    }

    private static JsonPath post(String path, Object body) {
        return operator().body(body).post(service.uri(path)).then().statusCode(201).extract().jsonPath();
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", Installation.PASSWORD).contentType("application/json");
    }
}
