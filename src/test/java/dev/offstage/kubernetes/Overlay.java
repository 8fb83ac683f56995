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

    private static final Set<String> WORKLOADS = Set.of("Deployment", "StatefulSet");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    static Overlay render(String name) throws IOException, InterruptedException {
        return render(Path.of("k8s", name));
    }

    static Overlay render(Path folder) throws IOException, InterruptedException {
        return of(folder.getFileName().toString(), Program.output("kubectl", "kustomize", folder.toString()));
    }

    /** @param written objects in YAML */
    static Overlay of(String name, String written) throws IOException {
        List<JsonNode> objects = new ArrayList<>();
        YAML.readerFor(JsonNode.class).<JsonNode>readValues(written).forEachRemaining(objects::add);
        objects.removeIf(object -> object.isEmpty());
        assertThat(objects).as("objects of " + name).isNotEmpty();
        return new Overlay(name, objects);
    }

    static boolean canRender() {
        return Program.areInstalled("kubectl");
    }

    /** @param path of a file with one object that is not rendered */
    static JsonNode read(Path path) throws IOException {
        return YAML.readTree(path.toFile());
    }

    /** @param path of a file with some objects that are not rendered */
    static List<JsonNode> readAll(Path path) throws IOException {
        return YAML.readerFor(JsonNode.class).<JsonNode>readValues(path.toFile()).readAll();
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

    /** What no two objects of an overlay have in common. */
    static String idOf(JsonNode object) {
        return object.path("kind").asText() + "/" + nameOf(object);
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
        object.properties().forEach(field -> texts.put(field.getKey(), field.getValue().asText()));
        return texts;
    }

    static Stream<JsonNode> items(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false);
    }

    /** The environment of a workload's container as its overlay says it, without what is in Secrets. */
    Map<String, String> environment(JsonNode workload) {
        return environmentOf(pod(workload).at("/containers/0"));
    }

    /** That of the container which brings the tables up to date before the workload's own starts. */
    Map<String, String> migrationEnvironment(JsonNode workload) {
        return environmentOf(items(pod(workload).path("initContainers"))
                .filter(container -> container.path("name").asText().equals("migration"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(nameOf(workload) + " does not migrate")));
    }

    private Map<String, String> environmentOf(JsonNode container) {
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
        Stream<String> forBackups = ofKind("ObjectStore")
                .flatMap(store -> items(store.at("/spec/configuration/s3Credentials")))
                .map(Overlay::nameAndKey);
        return Stream.of(asVariables, asFiles, forScaling, forBackups).flatMap(secrets -> secrets).distinct().sorted();
    }

    private static String nameAndKey(JsonNode reference) {
        return reference.path("name").asText() + "/" + reference.path("key").asText();
    }
}
