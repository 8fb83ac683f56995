package dev.offstage.http;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.oneOf;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.testing.Management;
import dev.offstage.testing.OffstageResource;

/** What is below {@code /q} is on a port of its own, whatever a path looks like. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class ManagementPortIT {

    @ParameterizedTest
    @ValueSource(strings = {"/q/metrics", "/q/health", "/q/health/live", "/q/openapi", "/q/swagger-ui",
            "/q/swagger-ui/",
            "/q", "/q/", "/users/%2e%2e/q/metrics", "/signup/../q/metrics", "//q/metrics", "/q/./metrics",
            "/%71/metrics"})
    void nothingOfItIsOnThePublicPort(String path) {
        given().urlEncodingEnabled(false)
                .get(path)
                .then()
                .statusCode(404)
                .contentType("application/problem+json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/q/metrics", "/q/health", "/q/health/live", "/q/health/started", "/q/openapi"})
    void itIsOnThePortOfItsOwn(String path) {
        Management.given().get(path).then().statusCode(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/q/metrics", "/q/health", "/q/openapi"})
    void itIsOnlyRead(String path) {
        for (String method : new String[]{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
            Management.given().request(method, path).then().statusCode(405).header("Allow", "GET, HEAD");
        }
        Management.given().body("x".repeat(2_000_000)).post(path).then().statusCode(oneOf(405, 413));
        Management.given().body("x").get(path).then().statusCode(405);
    }

    @Test
    void nothingOfTheApiIsThere() {
        Management.given().get("/stats").then().statusCode(404);
        Management.given().get("/").then().statusCode(404);
    }
}
