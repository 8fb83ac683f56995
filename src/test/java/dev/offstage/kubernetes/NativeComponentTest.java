package dev.offstage.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.fabric8.kubernetes.api.model.Quantity;

import com.fasterxml.jackson.databind.JsonNode;

/** {@code k8s/production} with the component {@code k8s/native}, as its first lines say that it is named there. */
class NativeComponentTest {

    private static final String BEFORE = "  - ../pod\n";
    private static final List<String> WITHOUT_PICTURES = List.of("api", "relay", "scheduler", "worker");

    @TempDir
    static Path directory;

    private static Overlay java;
    private static Overlay linked;

    @BeforeAll
    static void render() throws Exception {
        assumeTrue(Overlay.canRender(), "kubectl is not installed");
        java = Overlay.render("production");
        try (Stream<Path> files = Files.walk(Path.of("k8s"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = directory.resolve(Path.of("k8s").relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        Path production = directory.resolve("production/kustomization.yaml");
        String written = Files.readString(production);
        assertThat(written).containsOnlyOnce(BEFORE);
        Files.writeString(production, written.replace(BEFORE, BEFORE + "  - ../native\n"));
        linked = Overlay.render(Path.of("k8s").toAbsolutePath().relativize(directory.resolve("production")).toString());
    }

    @Test
    void hasTheSameObjectsEachOfItsKind() {
        assertThat(linked.objects()).extracting(Overlay::nameOf)
                .containsExactlyElementsOf(java.objects().stream().map(Overlay::nameOf).toList());
        assertThat(linked.objects())
                .allSatisfy(object -> assertThatCode(() -> KubernetesModel.read(object)).doesNotThrowAnyException());
    }

    /** The workflow pushes it beside the other under the same name. */
    @Test
    void takesTheNativeImageOfTheSameVersionEverywhere() throws IOException {
        assertThat(images(linked)).isNotEmpty()
                .containsExactlyElementsOf(images(java).stream().map(image -> image + "-native").toList());
    }

    private static List<String> images(Overlay overlay) {
        return overlay.ours()
                .flatMap(workload -> Stream.of("/initContainers", "/containers").map(Overlay.pod(workload)::at))
                .flatMap(Overlay::items)
                .map(container -> container.path("image").asText())
                .toList();
    }

    /** Its processors are asked for as before: the autoscaler counts in them. */
    @Test
    void asksForLessMemoryWhereNoPicturesAreRead() {
        for (JsonNode deployment : linked.ofKind("Deployment").toList()) {
            String name = Overlay.nameOf(deployment);
            JsonNode before = java.get("Deployment", name);
            assertThat(amount(deployment, "requests/cpu")).as(name).isEqualTo(amount(before, "requests/cpu"));
            for (String field : List.of("requests/memory", "limits/memory")) {
                Quantity memory = amount(deployment, field);
                if (WITHOUT_PICTURES.contains(name)) {
                    assertThat(memory.getNumericalAmount()).as(name + " " + field)
                            .isPositive()
                            .isLessThan(amount(before, field).getNumericalAmount());
                } else {
                    assertThat(memory).as(name + " " + field).isEqualTo(amount(before, field));
                }
            }
        }
    }

    /** A pod gets the larger of both. */
    @Test
    void itsMigrationAsksForNoMoreThanItsProcess() {
        assertThat(linked.ofKind("Deployment"))
                .allSatisfy(deployment -> assertThat(
                        amount(deployment, "initContainers", "requests/memory").getNumericalAmount())
                        .as(Overlay.nameOf(deployment))
                        .isLessThanOrEqualTo(amount(deployment, "requests/memory").getNumericalAmount()));
    }

    private static Quantity amount(JsonNode deployment, String field) {
        return amount(deployment, "containers", field);
    }

    private static Quantity amount(JsonNode deployment, String containers, String field) {
        return Quantity.parse(Overlay.pod(deployment).at("/" + containers + "/0/resources/" + field).asText());
    }

    @Test
    void isGivenUpSoonerWhenItDoesNotStart() {
        assertThat(linked.ofKind("Deployment")).allSatisfy(deployment -> assertThat(seconds(deployment))
                .isLessThan(seconds(java.get("Deployment", Overlay.nameOf(deployment)))));
    }

    private static int seconds(JsonNode deployment) {
        JsonNode probe = Overlay.pod(deployment).at("/containers/0/startupProbe");
        assertThat(probe.path("httpGet").isMissingNode()).isFalse();
        return probe.path("periodSeconds").asInt() * probe.path("failureThreshold").asInt();
    }
}
