package dev.offstage.kubernetes;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import com.fasterxml.jackson.databind.JsonNode;

import dev.offstage.testing.Management;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.Program;

/** What the internet sees of {@code k8s/production}: by the Gateway API, or by an Ingress in its place. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class EntryIT {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"gateway", "ingress"})
    void everyCallIsShownToTheInternet(String component) throws Exception {
        Overlay production = with(component);
        List<String> shown = production.ofKind("HTTPRoute", "Ingress")
                .flatMap(object -> object.findValues("path").stream())
                .map(path -> path.isObject() ? path.path("value").asText() : path.asText())
                .toList();
        Set<String> calls = Management.given()
                .accept("application/json")
                .get("/q/openapi")
                .then()
                .extract()
                .jsonPath()
                .<String, Object>getMap("paths")
                .keySet();

        assertThat(production.ofKind("HTTPRoute", "Ingress")).hasSize(1);
        assertThat(calls).hasSizeGreaterThan(15)
                .allSatisfy(call -> assertThat(shown).anyMatch(call::startsWith));
        for (JsonNode backend : production.ofKind("HTTPRoute")
                .flatMap(route -> route.findValues("backendRefs").stream())
                .flatMap(Overlay::items)
                .toList()) {
            assertThat(
                    production.get("Service", backend.path("name").asText()).at("/spec/ports").findValuesAsText("port"))
                    .contains(backend.path("port").asText());
        }
        for (JsonNode backend : production.ofKind("Ingress").flatMap(i -> i.findValues("backend").stream()).toList()) {
            assertThat(production.get("Service", backend.at("/service/name").asText())
                    .at("/spec/ports")
                    .findValuesAsText("name")).contains(backend.at("/service/port/name").asText());
        }
    }

    /** All of the API's port may be shown because what is not for the internet has another one. */
    @ParameterizedTest
    @ValueSource(strings = {"/q/metrics", "/q/health", "/q/health/live", "/q/openapi", "/q/info"})
    void whatIsNotForTheInternetIsNotThere(String path) {
        given().get(path).then().statusCode(404);
    }

    /** The service believes what it says of where a request comes from. */
    @ParameterizedTest
    @ValueSource(strings = {"gateway", "ingress"})
    void nobodyElseMayAskTheApi(String component) throws Exception {
        Overlay production = with(component);
        List<JsonNode> rules = production.ofKind("NetworkPolicy")
                .filter(policy -> Overlay.selects(policy.at("/spec/podSelector/matchLabels"),
                        production.get("Deployment", "api")))
                .flatMap(policy -> Overlay.items(policy.at("/spec/ingress")))
                .filter(rule -> rule.path("ports").toString().contains("\"http\""))
                .toList();

        assertThat(rules).hasSize(1).allSatisfy(rule -> assertThat(rule.path("from")).hasSize(1));
    }

    @Test
    void theRouteHangsOnTheGatewayAndBothAreOfOneName() throws Exception {
        Overlay production = with("gateway");
        JsonNode route = production.ofKind("HTTPRoute").findFirst().orElseThrow();
        JsonNode gateway = production.get("Gateway", route.at("/spec/parentRefs/0/name").asText());

        assertThat(gateway.at("/spec/listeners/0/hostname")).isEqualTo(route.at("/spec/hostnames/0"));
        assertThat(production.environment(production.get("Deployment", "api")))
                .containsEntry("OFFSTAGE_PUBLIC_URL", "https://" + route.at("/spec/hostnames/0").asText());
    }

    /** As the overlay is with another component in its list. */
    private Overlay with(String component) throws IOException, InterruptedException {
        assumeTrue(Overlay.canRender(), "kubectl is not installed");
        Program.output("cp", "-r", "k8s", directory.toString());
        Path production = directory.resolve("k8s/production");
        Path kustomization = production.resolve("kustomization.yaml");
        Files.writeString(kustomization,
                Files.readString(kustomization).replaceFirst("(?m)^  - gateway\\b.*$", "  - " + component));
        Overlay overlay = Overlay.render(production);
        for (JsonNode object : overlay.objects()) {
            KubernetesModel.read(object);
        }
        return overlay;
    }
}
