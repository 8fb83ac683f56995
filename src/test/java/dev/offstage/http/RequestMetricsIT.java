package dev.offstage.http;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;

import dev.offstage.testing.OffstageResource;

/** What callers make up does not become names of metrics. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class RequestMetricsIT {

    private static final int MORE_THAN_THERE_ARE_NAMES = 150;
    private static final String REQUESTS = "http.server.requests";

    @Inject
    MeterRegistry registry;

    @Test
    void oddPathsAndMethodsAreOne() throws IOException {
        for (int i = 0; i < MORE_THAN_THERE_ARE_NAMES; i++) {
            String odd = "odd-" + i;
            given().get("/" + odd).then().statusCode(404);
            given().get("/jobs/" + odd).then().statusCode(401);
            given().put("/signup/" + odd).then().statusCode(405);
            given().get("/signup/" + odd + "/more").then().statusCode(404);
            assertThat(raw("ODD" + i + " / HTTP/1.1\r\nHost: a\r\n\r\n")).startsWith("HTTP/1.1 501 ");
            assertThat(raw("GET /" + odd + " HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 400 ");
            breakOff("POST /jobs/" + odd + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
        }
        given().contentType("application/json")
                .body("{\"email\":\"ada-" + UUID.randomUUID() + "@example.com\",\"name\":\"Ada\"}")
                .post("/signup")
                .then()
                .statusCode(201);
        given().auth()
                .preemptive()
                .basic("operator", OffstageResource.PASSWORD)
                .get("/schedules")
                .then()
                .statusCode(200);
        String unknown = UUID.randomUUID().toString();
        given().get("/signup/" + unknown).then().statusCode(404);

        await().untilAsserted(() -> {
            assertThat(registry.find(REQUESTS).tags("uri", "/signup", "status", "201").timer()).isNotNull();
            assertThat(registry.find(REQUESTS).tags("uri", "/schedules", "status", "200").timer()).isNotNull();
            assertThat(registry.find(REQUESTS).tags("uri", "/*", "status", "405").timer()).isNotNull();
            assertThat(values("status")).contains("RESET");
        });
        assertThat(values("uri")).noneMatch(uri -> uri.contains("odd") || uri.contains(unknown))
                .contains("/signup/{user}");
        assertThat(values("method")).isSubsetOf("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    }

    private Set<String> values(String tag) {
        return registry.find(REQUESTS)
                .timers()
                .stream()
                .map(timer -> timer.getId().getTag(tag))
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    private static String raw(String request) throws IOException {
        try (Socket socket = new Socket("localhost", RestAssured.port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readNBytes(13), ISO_8859_1);
        }
    }

    private static void breakOff(String request) throws IOException {
        try (Socket socket = new Socket("localhost", RestAssured.port)) {
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
        }
    }
}
