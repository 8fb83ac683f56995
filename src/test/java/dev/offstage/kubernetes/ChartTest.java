package dev.offstage.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;

/** The chart, as Helm itself renders it, makes the objects that kustomize makes. */
class ChartTest {

    private static final Path CHART = Path.of("k8s/chart");
    private static final Path PRODUCTION = CHART.resolve("examples/production.yaml");
    /** Of the overlay's parts that the chart leaves to others, and in which they are as the overlay has them. */
    private static final Set<String> KINDS = Set.of("ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget",
            "Service",
            "ServiceAccount");
    private static final Set<String> OF_OTHERS = Set.of("NetworkPolicy/postgresql", "Service/metrics",
            "ConfigMap/offstage-dashboard");
    /** Kustomize names a ConfigMap after its content; the chart writes the content's hash into the pods. */
    private static final Pattern HASH = Pattern.compile("^(offstage(?:-dashboard)?)-[a-z0-9]{10}$");

    @BeforeAll
    static void bothAreHere() {
        assumeTrue(Overlay.canRender(), "kubectl is not installed");
        assumeTrue(System.getProperty("os.arch").matches("amd64|aarch64"), "Helm's library is for neither processor");
    }

    @Test
    void helmHasNothingToSayAgainstIt() {
        LintResult lint = new Helm(CHART).lint().strict().call();

        assertThat(lint.isFailed()).as(lint.getMessages().toString()).isFalse();
    }

    @Test
    void withoutValuesItIsTheBase() throws Exception {
        assertSame(rendered(), objects(Overlay.render("base")));
    }

    @Test
    void withTheValuesOfProductionItIsProduction() throws Exception {
        assertSame(rendered(PRODUCTION), objects(Overlay.render("production")));
    }

    @Test
    void anImageIsNamedByItsDigestWhereItHasOne() throws Exception {
        Overlay chart = Overlay.of("chart", template().set("image.digest", "sha256:abc").call());

        assertThat(chart.ours().map(workload -> Overlay.pod(workload).at("/containers/0/image").asText()))
                .containsOnly("offstage@sha256:abc");
    }

    /** Otherwise the processes would go on with what they were told before. */
    @Test
    void aChangedSettingReplacesThePods() throws Exception {
        assertThat(settingsOf(Overlay.of("chart", template().call())))
                .isNotEqualTo(settingsOf(Overlay.of("chart",
                        template().set("settings.OFFSTAGE_WORKER_GRACE", "24s").call())));
    }

    private static String settingsOf(Overlay chart) {
        return chart.get("Deployment", "api").at("/spec/template/metadata/annotations/offstage.dev~1settings").asText();
    }

    @Test
    void objectsOfOnesOwnAreAppliedWithTheRest() throws Exception {
        Path values = Files.writeString(Files.createTempFile("values", ".yaml"),
                "objects: [{apiVersion: v1, kind: Secret, metadata: {name: mine}}]");
        try {
            assertThat(Overlay.of("chart", template().withValuesFile(values).call())
                    .get("Secret", "mine")
                    .path("apiVersion")
                    .asText()).isEqualTo("v1");
        } finally {
            Files.delete(values);
        }
    }

    @Test
    void itsVersionIsThatOfTheOverlays() throws Exception {
        JsonNode chart = Overlay.read(CHART.resolve("Chart.yaml"));

        assertThat(Overlay.read(Path.of("k8s/pod/kustomization.yaml")).at("/images/0/newTag"))
                .isEqualTo(chart.path("appVersion"))
                .isEqualTo(chart.path("version"));
    }

    private static void assertSame(Map<String, JsonNode> chart, Map<String, JsonNode> overlay) {
        assertThat(chart).containsOnlyKeys(overlay.keySet());
        assertThat(chart).allSatisfy((id, object) -> assertThat(object).as(id).isEqualTo(overlay.get(id)));
    }

    private static TemplateCommand template() {
        return new Helm(CHART).template().withNamespace("offstage").withKubeVersion("1.32.0");
    }

    private static Map<String, JsonNode> rendered(Path... values) throws Exception {
        TemplateCommand template = template();
        Stream.of(values).forEach(template::withValuesFile);
        return objects(Overlay.of("chart", template.call()));
    }

    private static Map<String, JsonNode> objects(Overlay overlay) {
        Map<String, JsonNode> objects = new TreeMap<>();
        overlay.objects().stream().filter(object -> KINDS.contains(object.path("kind").asText())).forEach(object -> {
            ObjectNode metadata = (ObjectNode) object.path("metadata");
            metadata.remove("namespace");
            metadata.put("name", withoutHash(Overlay.nameOf(object)));
            object.findParents("configMapRef")
                    .forEach(from -> ((ObjectNode) from.path("configMapRef")).put("name",
                            withoutHash(from.at("/configMapRef/name").asText())));
            if (object.at("/spec/template/metadata") instanceof ObjectNode template) {
                template.remove("annotations");
            }
            if (!OF_OTHERS.contains(Overlay.idOf(object))) {
                objects.put(Overlay.idOf(object), object);
            }
        });
        return objects;
    }

    private static String withoutHash(String name) {
        Matcher hashed = HASH.matcher(name);
        return hashed.matches() ? hashed.group(1) : name;
    }
}
