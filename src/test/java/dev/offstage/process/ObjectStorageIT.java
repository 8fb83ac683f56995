package dev.offstage.process;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;

import dev.offstage.testing.Installation;
import dev.offstage.testing.ObjectStore;
import dev.offstage.testing.OffstageProcess;
import dev.offstage.testing.Pictures;
import dev.offstage.testing.TestDirectories;

/** Uploaded pictures in an S3-compatible store, which comes and goes. */
class ObjectStorageIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static ObjectStore store;
    private static Installation installation;
    private static OffstageProcess offstage;
    private static byte[] photo;

    @BeforeAll
    static void startStore() throws Exception {
        store = new ObjectStore(TestDirectories.make("object-storage").resolve("objects"));
        Map<String, String> settings = new HashMap<>(store.settings());
        settings.put("offstage.lanes", "avatar-resize,cleanup");
        installation = new Installation("object-storage", settings);
        offstage = installation.start("object-storage");
        photo = Pictures.jpeg(1_200, 800);
    }

    @AfterAll
    static void stop() throws Exception {
        installation.close();
        store.close();
    }

    @Test
    void aPictureIsKeptInTheBucketAndResizedFromThere() throws Exception {
        JsonPath user = signUp().then().statusCode(201).extract().jsonPath();

        assertThat(store.content("originals/" + user.getString("id"))).isEqualTo(photo);
        await().atMost(PATIENCE).until(() -> given().get(picture(user)).statusCode() == 200);
        assertThat(number("select count(*) from avatar where size = 0 and user_id = '" + user.getString("id") + "'"))
                .as("originals in PostgreSQL")
                .isZero();
    }

    @Test
    void withoutTheStoreOnlySignUpsWithAPictureAreRefusedAndJobsWait() throws Exception {
        operator().post(offstage.uri("/types/avatar-resize/pause")).then().statusCode(200);
        JsonPath before = signUp().then().statusCode(201).extract().jsonPath();
        String job = before.getString("jobs.find { it.type == 'avatar-resize' }.id");
        store.stop();
        try {
            Response refused = signUp();
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.header("Retry-After")).matches("\\d+");
            assertThat(refused.jsonPath().getString("detail")).contains("try again");
            assertThat(signUp().statusCode()).isEqualTo(503);
            assertThat(offstage.output()).as("said once").containsOnlyOnce("Object storage cannot be reached");
            given().contentType(ContentType.JSON)
                    .body(Map.of("name", "Ada", "email", address()))
                    .post(offstage.uri("/signup"))
                    .then()
                    .statusCode(201);

            operator().post(offstage.uri("/types/avatar-resize/resume")).then().statusCode(200);
            await().atMost(PATIENCE).until(() -> state(job).equals("retrying"));
        } finally {
            store.start();
        }
        await().atMost(PATIENCE).until(() -> state(job).equals("completed"));
        given().get(picture(before)).then().statusCode(200);
    }

    @Test
    void theCleanupRemovesPicturesWithoutAUser() throws Exception {
        JsonPath user = signUp().then().statusCode(201).extract().jsonPath();
        String orphan = "originals/" + signedUpAt(Instant.now().minus(Duration.ofDays(2)));
        String underWay = "originals/" + signedUpAt(Instant.now());
        store.put(orphan, photo);
        store.put(underWay, photo);
        store.put("originals/0-of-others.txt", photo);

        operator().contentType(ContentType.JSON)
                .body(Map.of("type", "cleanup", "payload", Map.of()))
                .post(offstage.uri("/jobs"))
                .then()
                .statusCode(201);

        await().atMost(PATIENCE).until(() -> !store.keys().contains(orphan));
        assertThat(store.keys()).contains(underWay, "originals/0-of-others.txt", "originals/" + user.getString("id"));
    }

    /** An id of that time, as users have them. */
    private static UUID signedUpAt(Instant time) {
        return new UUID(time.toEpochMilli() << 16 | 0x7abc, 0x8abcL << 48);
    }

    private static Response signUp() {
        return given().multiPart("name", "Ada")
                .multiPart("email", address())
                .multiPart("avatar", "photo.jpg", photo, "image/jpeg")
                .post(offstage.uri("/signup"));
    }

    private static String address() {
        return "ada-" + UUID.randomUUID() + "@example.com";
    }

    private static URI picture(JsonPath user) {
        return offstage.uri("/users/" + user.getString("id") + "/avatar/256");
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", Installation.PASSWORD);
    }

    private static String state(String job) {
        return operator().get(offstage.uri("/jobs/" + job)).jsonPath().getString("state");
    }

    private static long number(String sql) throws SQLException {
        try (Connection connection = installation.connection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
