package dev.offstage.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.testing.Management;
import dev.offstage.testing.OffstageResource;

@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class OpenApiIT {

    @Test
    void everyCallIsDescribedWithAnExample() {
        Map<String, Map<String, Object>> paths = Management.given()
                .accept("application/json")
                .get("/q/openapi")
                .then()
                .statusCode(200)
                .extract()
                .jsonPath()
                .getMap("paths");

        assertThat(paths).hasSizeGreaterThan(15);
        List<String> silent = new ArrayList<>();
        paths.forEach((path, calls) -> calls.forEach((method, call) -> {
            boolean described = call instanceof Map<?, ?> fields && fields.get("summary") != null
                    && fields.get("responses").toString().matches("(?s).*examples?=.*");
            if (!described && List.of("get", "post", "put", "delete").contains(method)) {
                silent.add(method + " " + path);
            }
        }));
        assertThat(silent).as("calls without a summary and an example").isEmpty();
        assertThat(paths.keySet()).as("pages are no calls").noneMatch(path -> path.startsWith("/console"));
    }
}
