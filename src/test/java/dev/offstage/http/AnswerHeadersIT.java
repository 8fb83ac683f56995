package dev.offstage.http;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.not;

import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;

import dev.offstage.testing.OffstageResource;

/** Headers by which browsers and proxies keep no answer, and take none for another kind of content. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class AnswerHeadersIT {

    @ParameterizedTest
    @ValueSource(strings = {"/stats", "/jobs", "/types", "/types/scripted", "/operations", "/schedules", "/webhooks",
            "/statistics", "/jobs/nonsense", "/jobs?nonsense=1", "/nowhere", "/console", "/q/metrics"})
    void answersToOperatorsAreKeptByNobody(String path) {
        given().auth()
                .preemptive()
                .basic("operator", OffstageResource.PASSWORD)
                .get(path)
                .then()
                .header("Cache-Control", "no-store")
                .header("X-Content-Type-Options", "nosniff");
    }

    @ParameterizedTest
    @CsvSource({"GET,/stats", "GET,/console/log-in", "POST,/j_security_check", "POST,/signup", "DELETE,/signup",
            "GET,/signup/nonsense", "PATCH,/nowhere"})
    void norAreThoseToAnybodyElse(String method, String path) {
        given().request(method, path)
                .then()
                .header("Cache-Control", "no-store")
                .header("X-Content-Type-Options", "nosniff");
    }

    @Test
    void norIsASignUp() {
        given().contentType(ContentType.JSON)
                .body(Map.of("email", UUID.randomUUID() + "@example.com", "name", "Ada"))
                .post("/signup")
                .then()
                .statusCode(201)
                .header("Cache-Control", "no-store")
                .header("X-Content-Type-Options", "nosniff");
    }

    @Test
    void anAnswerLeadsToNoHostThatTheCallerNamed() {
        given().header("Host", "evil.example")
                .auth()
                .preemptive()
                .basic("operator", OffstageResource.PASSWORD)
                .redirects()
                .follow(false)
                .post("/console/limits/scripted/reset")
                .then()
                .statusCode(303)
                .header("Location", "/console/limits");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/signup.css", "/console.js", "/favicon.svg"})
    void filesAreKeptAsBefore(String path) {
        given().get(path)
                .then()
                .statusCode(200)
                .header("Cache-Control", not(containsString("no-store")))
                .header("X-Content-Type-Options", "nosniff");
    }
}
