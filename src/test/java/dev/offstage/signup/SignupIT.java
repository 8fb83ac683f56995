package dev.offstage.signup;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;

import java.awt.Color;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;

import dev.offstage.job.NewJob;
import dev.offstage.picture.format.MovingPictures;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.Pictures;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;
import dev.offstage.user.AppUser;

@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class SignupIT {

    private static final String PROBLEM = "application/problem+json";

    @Test
    void jsonIsAnsweredWithTheUserAndItsJobs() {
        String email = freshEmail();

        signUp(email, "Ada Lovelace").statusCode(201)
                .header("Location", matchesPattern(".*/users/[0-9a-f-]{36}"))
                .body("id", matchesPattern("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}"))
                .body("email", equalTo(email))
                .body("name", equalTo("Ada Lovelace"))
                .body("createdAt", matchesPattern("\\d{4}-\\d\\d-\\d\\dT.*Z"))
                .body("jobs.type", containsInAnyOrder("welcome-email", "analytics-sync"))
                .body("jobs.id", hasItem(notNullValue()));
    }

    @Test
    void aPictureSetsGoingAThirdJob() throws Exception {
        given().multiPart("email", freshEmail())
                .multiPart("name", "Ada")
                .multiPart("avatar", "photo.png", Pictures.png(40, 30), "image/png")
                .post("/signup")
                .then()
                .statusCode(201)
                .body("jobs.type", containsInAnyOrder("welcome-email", "avatar-resize", "analytics-sync"));
    }

    @Test
    void anEmptyFileFieldIsNoPicture() {
        given().multiPart("email", freshEmail())
                .multiPart("name", "Ada")
                .multiPart("avatar", "", new byte[0], "application/octet-stream")
                .post("/signup")
                .then()
                .statusCode(201)
                .body("jobs", hasSize(2));
    }

    @Test
    void anEmptyFileIsNoPictureThatIsRead() {
        avatar(new byte[0], "photo.jpg", "image/jpeg").statusCode(415)
                .contentType(PROBLEM)
                .body("detail", containsString("JPEG"));
    }

    @Test
    void jobsThatAreNoSignUpCannotBeFollowed() {
        String key = UUID.randomUUID().toString();
        TestJobs.enqueue(List.of(new NewJob("scripted", Script.SUCCEEDS, key)));

        given().get("/signup/" + key).then().statusCode(404).contentType(PROBLEM);
    }

    @Test
    void whoeverSignedUpCanFollowTheJobs() {
        String id = signUp(freshEmail(), "Ada").statusCode(201).extract().path("id");

        given().get("/signup/" + id)
                .then()
                .statusCode(200)
                .body("jobs.type", containsInAnyOrder("welcome-email", "analytics-sync"));
        given().get("/signup/" + UUID.randomUUID()).then().statusCode(404).contentType(PROBLEM);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ada", "@example.com", "ada@", "ada@localhost", "a da@example.com", "ada@exam ple.com",
            "ada@example.com\r\nBcc: eve@example.com", "ada@example.com\u0000", "\u0007ada@example.com",
            "ada@example.com,eve@example.com", "<ada@example.com>"})
    void aBadEmailIsRefused(String email) {
        signUp(email, "Ada").statusCode(400)
                .contentType(PROBLEM)
                .body("status", equalTo(400))
                .body("violations.field", hasItem("email"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "   ", "Ada\r\nBcc: eve@example.com", "Ada\u0000", "Ada\u001b[31m",
            "Ada\u2028Lovelace", "Ada\u202eecalevoL", "Ada\u200bLovelace", "\u200dAda", "Ada\ufeff"})
    void aBadNameIsRefused(String name) {
        signUp(freshEmail(), name).statusCode(400)
                .contentType(PROBLEM)
                .body("violations.field", hasItem("name"))
                .body("violations.message", hasItem(notNullValue()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Ada - claim 500 EUR now: https://evil.example/login (Offstage bonus)", "www.evil.example",
            "evil\uff0ecom"})
    void aNameThatLeadsElsewhereIsNotMailed(String name) {
        signUp(freshEmail(), name).statusCode(400)
                .body("violations.field", contains("name"))
                .body("violations.message", contains(containsString("web or mail address")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u00a0", "\u200b", "\ufeff", "\u2060", "\u200d", "\u3164", "\u2800", "\u0301",
            " \u00a0\t"})
    void aNameThatCannotBeSeenIsMissing(String name) {
        signUp(freshEmail(), name).statusCode(400).body("violations.message", contains("Enter a name."));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0d2e\u0d4b\u0d39\u0d28\u0d4d\u200d",
            "\ud83d\udc69\u200d\ud83d\ude80"})
    void joinersAreWelcomeWhereTheyShapeLetters(String name) {
        signUp(freshEmail(), name).statusCode(201).body("name", equalTo(name));
    }

    @Test
    void aNameOfTenThousandCharactersIsRefused() {
        signUp(freshEmail(), "a".repeat(10_000)).statusCode(400).body("violations.field", hasItem("name"));
    }

    @Test
    void tooLongFieldsOfAFormAreNamed() {
        given().multiPart("email", "a".repeat(10_000) + "@example.com")
                .multiPart("name", "a".repeat(10_000))
                .post("/signup")
                .then()
                .statusCode(400)
                .contentType(PROBLEM)
                .body("violations.field", containsInAnyOrder("email", "name"));
    }

    @Test
    void everyInvalidFieldIsNamed() {
        given().contentType(ContentType.JSON)
                .body("{}")
                .post("/signup")
                .then()
                .statusCode(400)
                .body("violations.field", containsInAnyOrder("email", "name"));
    }

    @Test
    void unicodeIsWelcome() {
        String email = "grüße-" + UUID.randomUUID() + "@bücher.example";
        signUp(email, "Zoë Ünal 👩‍🚀").statusCode(201)
                .body("name", equalTo("Zoë Ünal 👩‍🚀"))
                .body("email", equalTo(email));
    }

    @Test
    void anAddressInAnotherSpellingIsTheSameAddress() {
        String local = "Ada." + UUID.randomUUID();
        signUp(local + "@Bücher.example", "Ada").statusCode(201);

        signUp(local.toUpperCase(Locale.ROOT) + "@xn--bcher-kva.EXAMPLE", "Eve").statusCode(409)
                .contentType(PROBLEM)
                .body("detail", containsString("taken: sign up with another one"));
    }

    @Test
    void oneOfManySignUpsAtTheSameInstantGetsTheAddress() throws Exception {
        String email = freshEmail();
        int callers = 8;
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService pool = Executors.newFixedThreadPool(callers);
        List<Future<Integer>> answers = IntStream.range(0, callers).mapToObj(i -> pool.submit(() -> {
            start.await();
            return signUp(email, "Ada").extract().statusCode();
        })).toList();

        start.countDown();

        assertThat(answers).extracting(answer -> answer.get(30, TimeUnit.SECONDS))
                .containsOnlyOnce(201)
                .containsOnly(201, 409);
        assertThat(QuarkusTransaction.requiringNew().call(() -> AppUser.count("email", email))).isEqualTo(1);
        assertThat(QuarkusTransaction.requiringNew()
                .call(() -> AppUser.getEntityManager()
                        .createNativeQuery("select string_agg(type, ' ' order by type) from job"
                                + " where payload ->> 'email' = :email")
                        .setParameter("email", email)
                        .getSingleResult()))
                .isEqualTo("analytics-sync welcome-email");
        pool.shutdown();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"email\":", "{", "[]", "7", "\"ada\"", "{\"email\":{}}", ""})
    void malformedJsonIsRefused(String body) {
        given().contentType(ContentType.JSON).body(body).post("/signup").then().statusCode(400).contentType(PROBLEM);
    }

    @Test
    void anotherContentTypeIsRefused() {
        given().contentType("text/csv")
                .body("ada@example.com,Ada")
                .post("/signup")
                .then()
                .statusCode(415)
                .contentType(PROBLEM);
    }

    @Test
    void anAvatarOverFiveMebibytesIsRefused() {
        byte[] large = new byte[5 * 1024 * 1024 + 1];
        avatar(large, "photo.jpg", "image/jpeg").statusCode(413)
                .contentType(PROBLEM)
                .body("detail", containsString("5 MiB"));
    }

    @Test
    void anAnimationMayBeLargerThanAPhotoAndAStillGifMayNot() {
        byte[] animation = MovingPictures.gif(100, 80, 2);
        avatar(padded(animation, 6_000_000), "me.gif", "image/gif").statusCode(201);
        byte[] still = MovingPictures.gif(100, 80, 1);
        avatar(padded(still, 6_000_000), "me.gif", "image/gif").statusCode(413)
                .contentType(PROBLEM)
                .body("detail", containsString("5 MiB"));
        avatar(padded(animation, 20 * 1024 * 1024 + 1), "me.gif", "image/gif").statusCode(413)
                .contentType(PROBLEM)
                .body("detail", containsString("20 MiB"));
    }

    /** What follows the end of a GIF is no part of it. */
    private static byte[] padded(byte[] gif, int length) {
        return Arrays.copyOf(gif, length);
    }

    @Test
    void anAnimationOfTooManyPixelsIsRefused() {
        avatar(MovingPictures.gif(2_100, 2_100, 2), "me.gif", "image/gif").statusCode(415)
                .contentType(PROBLEM)
                .body("detail", containsString("2 frames of 2100 × 2100"));
    }

    @Test
    void aVideoThatCannotBeDecodedIsRefused() throws Exception {
        byte[] mp4 = MovingPictures.mp4(MovingPictures.plain(64, 64, Color.RED));
        avatar(mp4, "me.mp4", "video/mp4").statusCode(201);
        avatar(MovingPictures.renamed(mp4, "avc1", "hvc1"), "me.mp4", "video/mp4").statusCode(415)
                .contentType(PROBLEM)
                .body("detail", containsString("not in H.264"));
        avatar(Arrays.copyOf(mp4, mp4.length - 40), "me.mp4", "video/mp4").statusCode(415).contentType(PROBLEM);
    }

    @Test
    void aTextFileCalledPhotoIsRefused() {
        avatar("I am a photo.".getBytes(), "photo.jpg", "image/jpeg").statusCode(415)
                .contentType(PROBLEM)
                .body("detail", containsString("JPEG"));
    }

    @Test
    void anEnormousPictureIsRefusedFromItsHeader() throws Exception {
        byte[] bomb = Pictures.pngHeader(50_000, 50_000);
        assertThat(bomb.length).isLessThan(10_000);

        avatar(bomb, "bomb.png", "image/png").statusCode(415)
                .contentType(PROBLEM)
                .body("detail", containsString("50000"));
    }

    @Test
    void aRefusedPictureLeavesNoUser() {
        String email = freshEmail();
        given().multiPart("email", email)
                .multiPart("name", "Ada")
                .multiPart("avatar", "photo.jpg", "no photo".getBytes(), "image/jpeg")
                .post("/signup")
                .then()
                .statusCode(415);

        assertThat(QuarkusTransaction.requiringNew().call(() -> AppUser.count("email", email))).isZero();
    }

    @Test
    void aNewReleaseOfThePageIsSeenAtOnce() {
        given().get("/").then().statusCode(200).header("Cache-Control", containsString("max-age=0"));
    }

    @Test
    void jobsAndStatsAreForOperators() {
        for (String path : List.of("/jobs", "/jobs/" + UUID.randomUUID(), "/stats")) {
            given().get(path).then().statusCode(401);
            given().auth().preemptive().basic("operator", "wrong").get(path).then().statusCode(401);
        }
        given().auth().preemptive().basic("operator", OffstageResource.PASSWORD).get("/stats").then().statusCode(200);
    }

    private static ValidatableResponse avatar(byte[] bytes, String file, String type) {
        return given().multiPart("email", freshEmail())
                .multiPart("name", "Ada")
                .multiPart("avatar", file, bytes, type)
                .post("/signup")
                .then();
    }

    private static ValidatableResponse signUp(String email, String name) {
        return given().contentType(ContentType.JSON).body(Map.of("email", email, "name", name)).post("/signup").then();
    }

    private static String freshEmail() {
        return "ada-" + UUID.randomUUID() + "@example.com";
    }
}
