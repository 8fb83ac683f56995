package dev.offstage.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;

import dev.offstage.config.LaneSelection;
import dev.offstage.testing.Program;

/**
 * What {@code kubectl kustomize} makes of a folder under {@code k8s/}.
 *
 * @param objects in the order in which they are applied
 */
record Overlay(String name, List<JsonNode> objects) {

    private static final Set<String> WORKLOADS = Set.of("Deployment", "StatefulSet", "Job");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    static Overlay render(String name) throws IOException, InterruptedException {
        String written = Program.output("kubectl", "kustomize", Path.of("k8s", name).toString());
        List<JsonNode> objects = new ArrayList<>();
        YAML.readerFor(JsonNode.class).<JsonNode>readValues(written).forEachRemaining(objects::add);
        assertThat(objects).as("objects of k8s/" + name).isNotEmpty();
        return new Overlay(name, objects);
    }

    static boolean canRender() {
        return Program.areInstalled("kubectl");
    }

    /** @param path of a file of the overlay that is not rendered */
    static JsonNode read(Path path) throws IOException {
        return YAML.readTree(path.toFile());
    }

    Stream<JsonNode> ofKind(String... kinds) {
        return objects.stream().filter(object -> Set.of(kinds).contains(object.path("kind").asText()));
    }

    JsonNode get(String kind, String name) {
        return ofKind(kind).filter(object -> nameOf(object).equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("There is no " + kind + " " + name + " in k8s/" + this.name));
    }

    /** What runs pods. */
    Stream<JsonNode> workloads() {
        return ofKind(WORKLOADS.toArray(String[]::new));
    }

    /** What runs pods of Offstage itself. */
    Stream<JsonNode> ours() {
        return workloads().filter(workload -> podLabels(workload).getOrDefault("app.kubernetes.io/name", "")
                .equals("offstage"));
    }

    static String nameOf(JsonNode object) {
        return object.at("/metadata/name").asText();
    }

    static JsonNode pod(JsonNode workload) {
        return workload.at("/spec/template/spec");
    }

    static Map<String, String> podLabels(JsonNode workload) {
        return texts(workload.at("/spec/template/metadata/labels"));
    }

    /** @return whether all labels of the selector are those of the pods */
    static boolean selects(JsonNode matchLabels, JsonNode workload) {
        return podLabels(workload).entrySet().containsAll(texts(matchLabels).entrySet());
    }

    static Map<String, String> texts(JsonNode object) {
        Map<String, String> texts = new HashMap<>();
        object.fields().forEachRemaining(field -> texts.put(field.getKey(), field.getValue().asText()));
        return texts;
    }

    static Stream<JsonNode> items(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false);
    }

    /** The environment of a workload's container as its overlay says it, without what is in Secrets. */
    Map<String, String> environment(JsonNode workload) {
        JsonNode container = pod(workload).at("/containers/0");
        Map<String, String> environment = new HashMap<>();
        items(container.path("envFrom")).filter(from -> from.has("configMapRef"))
                .map(from -> get("ConfigMap", from.at("/configMapRef/name").asText()))
                .forEach(map -> environment.putAll(texts(map.path("data"))));
        items(container.path("env")).filter(variable -> variable.has("value"))
                .forEach(variable -> environment.put(variable.path("name").asText(), variable.path("value").asText()));
        return environment;
    }

    /** Where its objects are. */
    String namespace() {
        return nameOf(ofKind("Namespace").findFirst().orElseThrow());
    }

    /** The port of the pods behind a service's port. */
    String podPort(JsonNode service, String port) {
        String target = items(service.at("/spec/ports")).filter(open -> open.path("port").asText().equals(port))
                .map(open -> open.path("targetPort").asText(port))
                .findFirst()
                .orElse(port);
        return workloads().filter(workload -> selects(service.at("/spec/selector"), workload))
                .flatMap(workload -> items(pod(workload).at("/containers/0/ports")))
                .filter(open -> open.path("name").asText().equals(target))
                .map(open -> open.path("containerPort").asText())
                .findFirst()
                .orElse(target);
    }

    /** Whether the worker takes jobs of this type. */
    boolean runs(JsonNode worker, String type) {
        return Optional.ofNullable(environment(worker).get("OFFSTAGE_LANES"))
                .map(lanes -> LaneSelection.of(lanes).has(type))
                .orElse(true);
    }

    /** The Secrets, as name and key, that pods and what scales them look into; a key is * where all of them become variables. */
    Stream<String> secretsWanted() {
        Stream<String> asVariables = workloads().map(Overlay::pod)
                .flatMap(pod -> Stream.concat(
                        pod.findValues("secretRef").stream().map(secret -> secret.path("name").asText() + "/*"),
                        pod.findValues("secretKeyRef").stream().map(Overlay::nameAndKey)));
        Stream<String> asFiles = workloads().flatMap(workload -> items(pod(workload).path("volumes")))
                .map(volume -> volume.path("secret"))
                .flatMap(secret -> items(secret.path("items"))
                        .map(item -> secret.path("secretName").asText() + "/" + item.path("key").asText()));
        Stream<String> forScaling = ofKind("TriggerAuthentication")
                .flatMap(trigger -> items(trigger.at("/spec/secretTargetRef")))
                .map(Overlay::nameAndKey);
        return Stream.of(asVariables, asFiles, forScaling).flatMap(secrets -> secrets).distinct().sorted();
    }

    private static String nameAndKey(JsonNode reference) {
        return reference.path("name").asText() + "/" + reference.path("key").asText();
    }
}
