package dev.offstage.console;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

import jakarta.inject.Inject;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;

import dev.offstage.job.JobState;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.TestJobs;

/** What operators do to schedules, in calls and on the page. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class SchedulesResourceIT {

    private static final String SCRIPTED = """
            {"cron":"@yearly","zone":"Europe/Berlin","type":"scripted","payload":{"failures":0,"how":"passing"}}""";

    @Inject
    AgroalDataSource dataSource;

    @AfterEach
    void asItWas() throws SQLException {
        update("delete from schedule where name like 'test-%'");
        operator().post("/schedules/cleanup/reset").then().statusCode(200).body("changed", equalTo(false));
    }

    @Test
    void theScheduleOfTheSettingsIsThere() {
        get("/schedules/cleanup").statusCode(200)
                .body("cron", equalTo("30 3 * * *"))
                .body("zone", equalTo("UTC"))
                .body("type", equalTo("cleanup"))
                .body("enabled", equalTo(true))
                .body("changed", equalTo(false))
                .body("nextAt", containsString("T03:30:00Z"));
    }

    @Test
    void whatTakesPostgresqlTooLongIsSaidSo() throws SQLException {
        update("create function take_long() returns trigger language plpgsql as"
                + " 'begin perform pg_sleep(30); return new; end'");
        update("create trigger take_long before insert on schedule for each row execute function take_long()");
        try {
            put("test-slow", SCRIPTED).statusCode(503)
                    .contentType("application/problem+json")
                    .header("Retry-After", "2")
                    .body("detail", containsString("too long"));
        } finally {
            update("drop function take_long() cascade");
        }
        get("/schedules/test-slow").statusCode(404);
    }

    @Test
    void aScheduleIsAddedChangedAndDeleted() {
        put("test-added", SCRIPTED).statusCode(201)
                .header("Location", containsString("/schedules/test-added"))
                .body("zone", equalTo("Europe/Berlin"))
                .body("enabled", equalTo(true))
                .body("changed", equalTo(true))
                .body("nextAt", containsString("-12-31T23:00:00Z"))
                .body("firedFor", nullValue());
        put("test-added", SCRIPTED.replace("@yearly", "0 12 1 6 *")).statusCode(200)
                .body("cron", equalTo("0 12 1 6 *"))
                .body("nextAt", containsString("-06-01T10:00:00Z"));
        put("test-added", SCRIPTED.replace("}}", "},\"enabled\":false}")).statusCode(200).body("nextAt", nullValue());
        get("/schedules").body("name", hasItem("test-added"));

        operator().delete("/schedules/test-added").then().statusCode(204);

        operator().delete("/schedules/test-added").then().statusCode(404);
        get("/schedules/test-added").statusCode(404);
        get("/schedules").body("name", not(hasItem("test-added")));
        get("/operations").body("target", hasItem("schedule test-added"))
                .body("action", hasItem("set to 0 12 1 6 *, Europe/Berlin, scripted, enabled"))
                .body("action", hasItem("delete"));
    }

    @Test
    void whatIsDueIsEnqueuedAndDone() throws Exception {
        put("test-due", SCRIPTED).statusCode(201);
        update("update schedule set next_at = now() where name = 'test-due'");

        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> get("/schedules/test-due").extract().path("lastJob") != null);

        UUID job = UUID.fromString(get("/schedules/test-due").extract().path("lastJob"));
        assertThat(TestJobs.await(job, JobState.COMPLETED).key).isEqualTo("test-due");
        get("/schedules/test-due").body("firedFor", notNullValue()).body("nextAt", containsString("-12-31T23:00:00Z"));
        page().body(containsString("/console/jobs/" + job));
    }

    @Test
    void whatCannotBeMeantIsRefused() {
        refused("test-bad", SCRIPTED.replace("@yearly", "every day"), "cron");
        refused("test-bad", SCRIPTED.replace("@yearly", "0 0 31 2 *"), "cron");
        refused("test-bad", SCRIPTED.replace("Europe/Berlin", "Berlin"), "zone");
        refused("test-bad", SCRIPTED.replace("scripted", "nobody"), "type");
        refused("test-bad", SCRIPTED.replace("{\"failures\":0,\"how\":\"passing\"}", "[]"), "payload");
        refused("test-bad", SCRIPTED.replace(":0,", ":\"many\","), "payload");
        refused("test-bad", SCRIPTED.replace("passing", "\\u0000"), "payload");
        refused("test-bad", SCRIPTED.replace("cron", "corn"), "corn");
        refused("test-bad", "{\"cron\":\"@daily\"}", "type");
        refused("test-bad", "{\"type\":\"scripted\"}", "cron");
        refused("Test_Bad", SCRIPTED, "name");
        operator().contentType(ContentType.JSON).put("/schedules/test-bad").then().statusCode(400);
        get("/schedules/test-bad").statusCode(404);
        operator().urlEncodingEnabled(false).get("/schedules/%00").then().statusCode(404);
        operator().urlEncodingEnabled(false).delete("/schedules/%00").then().statusCode(404);
        operator().post("/schedules/test-bad/reset").then().statusCode(404);
    }

    @Test
    void whatAnOperatorChangedLastsUntilItIsSetBack() {
        put("cleanup", "{\"cron\":\"0 4 * * 0\",\"type\":\"cleanup\"}").statusCode(200).body("changed", equalTo(true));
        operator().post("/schedules/cleanup/reset")
                .then()
                .statusCode(200)
                .body("cron", equalTo("30 3 * * *"))
                .body("changed", equalTo(false));
    }

    @Test
    void thePageChangesSchedules() {
        form(List.of("name", "test-page", "cron", "30 3 * * 1-5", "zone", "Europe/Berlin", "type", "scripted",
                "payload",
                "{\"how\":\"passing\"}", "enabled", "true"), "").statusCode(303);
        page().statusCode(200)
                .body(containsString("id=\"schedule-test-page\""))
                .body(containsString("30 3 * * 1-5"))
                .body(containsString("action=\"/console/schedules/test-page/disable\""));
        form(List.of(), "/test-page/disable").statusCode(303);
        get("/schedules/test-page").body("enabled", equalTo(false)).body("cron", equalTo("30 3 * * 1-5"));
        form(List.of(), "/test-page/enable").statusCode(303);
        get("/schedules/test-page").body("enabled", equalTo(true));
        form(List.of("name", "test-page", "cron", "nonsense", "zone", "UTC", "type", "scripted", "payload", "{}",
                "enabled", "true"), "").statusCode(400).body(containsString("Write five fields"));
        form(List.of(), "/test-page/delete").statusCode(303);
        page().body(not(containsString("test-page")));

        form(List.of(), "/cleanup/delete").statusCode(303);
        page().body(containsString("Bring cleanup back"));
        form(List.of(), "/cleanup/reset").statusCode(303);
        page().body(containsString("id=\"schedule-cleanup\""));
    }

    @Test
    void onlyOperatorsMay() {
        given().get("/schedules").then().statusCode(401);
        given().delete("/schedules/cleanup").then().statusCode(401);
    }

    private static void refused(String name, String body, String field) {
        put(name, body).statusCode(400).body("violations.field", equalTo(List.of(field)));
    }

    private static ValidatableResponse put(String name, String body) {
        return operator().contentType(ContentType.JSON).body(body).put("/schedules/" + name).then();
    }

    private static ValidatableResponse get(String path) {
        return operator().get(path).then();
    }

    private static ValidatableResponse page() {
        return operator().accept(ContentType.HTML).get("/console/schedules").then();
    }

    private static ValidatableResponse form(List<String> fields, String path) {
        RequestSpecification form = operator().accept(ContentType.HTML)
                .redirects()
                .follow(false)
                .contentType(ContentType.URLENC);
        for (int i = 0; i < fields.size(); i += 2) {
            form.formParam(fields.get(i), fields.get(i + 1));
        }
        return form.post("/console/schedules" + path).then();
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", OffstageResource.PASSWORD);
    }

    private void update(String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection(); var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }
}
