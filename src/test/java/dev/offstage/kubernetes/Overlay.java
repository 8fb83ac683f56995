package dev.offstage.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;

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

    /** All names of Secrets that pods, and what scales them, look into. */
    Stream<String> secretsWanted() {
        Stream<String> inPods = workloads().map(Overlay::pod)
                .flatMap(pod -> Stream.of(pod.findValues("secretRef"), pod.findValues("secretKeyRef"))
                        .flatMap(List::stream)
                        .map(reference -> reference.path("name").asText()));
        Stream<String> asFiles = workloads().flatMap(workload -> pod(workload).findValues("secretName").stream())
                .map(JsonNode::asText);
        Stream<String> forScaling = ofKind("TriggerAuthentication")
                .flatMap(trigger -> items(trigger.at("/spec/secretTargetRef")))
                .map(target -> target.path("name").asText());
        return Stream.of(inPods, asFiles, forScaling)
                .flatMap(names -> names)
                .distinct()
                .sorted(Comparator.naturalOrder());
    }
}
