package dev.offstage.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import com.fasterxml.jackson.databind.JsonNode;

import dev.offstage.testing.Management;
import dev.offstage.testing.OffstageResource;

@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class IngressTest {

    @Test
    void everyCallIsShownToTheInternetAndNothingBelowQ() throws Exception {
        List<JsonNode> paths = Overlay
                .items(Overlay.read(Path.of("k8s/production/ingress.yaml")).at("/spec/rules/0/http/paths"))
                .toList();
        Set<String> calls = Management.given()
                .accept("application/json")
                .get("/q/openapi")
                .then()
                .extract()
                .jsonPath()
                .<String, Object>getMap("paths")
                .keySet();

        assertThat(calls).hasSizeGreaterThan(15)
                .allSatisfy(call -> assertThat(paths).anyMatch(path -> shows(path, call)));
        assertThat(paths).noneMatch(path -> shows(path, "/q/metrics"));
    }

    private static boolean shows(JsonNode path, String call) {
        String shown = path.path("path").asText();
        return call.equals(shown) || path.path("pathType").asText().equals("Prefix") && call.startsWith(shown + "/");
    }
}
