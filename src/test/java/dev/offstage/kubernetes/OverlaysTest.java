package dev.offstage.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.quarkus.runtime.configuration.DurationConverter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.offstage.config.Role;

/** What {@code kubectl apply -k} would be given, held against the models of its kinds, against itself and against the code. */
class OverlaysTest {

    @BeforeAll
    static void kubectlIsThere() {
        assumeTrue(Overlay.canRender(), "kubectl is not installed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"base", "demo", "production"})
    void eachObjectIsOneOfItsKind(String name) throws Exception {
        for (JsonNode object : Overlay.render(name).objects()) {
            assertThatCode(() -> KubernetesModel.read(object)).as(object.toString()).doesNotThrowAnyException();
        }
    }

    @Test
    void aFieldThatItsKindDoesNotHaveIsRefused() throws Exception {
        for (JsonNode object : Overlay.render("production").objects()) {
            ((ObjectNode) object).putObject("nonsense");
            assertThatThrownBy(() -> KubernetesModel.read(object)).hasMessageContaining("nonsense");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"base", "demo", "production"})
    void selectorsFindWhatTheyAreMeantToFind(String name) throws Exception {
        Overlay overlay = Overlay.render(name);
        for (JsonNode workload : overlay.ofKind("Deployment", "StatefulSet").toList()) {
            JsonNode selector = workload.at("/spec/selector/matchLabels");
            assertThat(overlay.workloads().filter(other -> Overlay.selects(selector, other)))
                    .as("whose pods " + Overlay.nameOf(workload) + " takes for its own")
                    .containsExactly(workload);
        }
        for (JsonNode budget : overlay.ofKind("PodDisruptionBudget").toList()) {
            assertFindsPods(overlay, budget, budget.at("/spec/selector/matchLabels"));
        }
        for (JsonNode policy : overlay.ofKind("NetworkPolicy").toList()) {
            JsonNode selector = policy.at("/spec/podSelector/matchLabels");
            if (selector.has("cnpg.io/cluster")) { // CloudNativePG makes the pods
                overlay.get("Cluster", selector.path("cnpg.io/cluster").asText());
            } else {
                assertFindsPods(overlay, policy, selector);
            }
        }
        for (JsonNode scaler : overlay.ofKind("HorizontalPodAutoscaler", "ScaledObject").toList()) {
            overlay.get("Deployment", scaler.at("/spec/scaleTargetRef/name").asText());
        }
    }

    private static void assertFindsPods(Overlay overlay, JsonNode object, JsonNode matchLabels) {
        assertThat(overlay.workloads()).as("what %s %s selects", object.path("kind").asText(), Overlay.nameOf(object))
                .anyMatch(workload -> Overlay.selects(matchLabels, workload));
    }

    @ParameterizedTest
    @ValueSource(strings = {"base", "demo", "production"})
    void servicesAndIngressLeadToPorts(String name) throws Exception {
        Overlay overlay = Overlay.render(name);
        for (JsonNode service : overlay.ofKind("Service").toList()) {
            List<JsonNode> behind = overlay.workloads()
                    .filter(workload -> Overlay.selects(service.at("/spec/selector"), workload))
                    .toList();
            assertThat(behind).as("behind the service " + Overlay.nameOf(service)).isNotEmpty();
            for (JsonNode port : service.at("/spec/ports")) {
                assertThat(behind).allSatisfy(workload -> assertThat(portsOf(workload))
                        .contains(port.path("targetPort").asText(port.path("port").asText())));
            }
        }
        for (JsonNode workload : overlay.ours().toList()) {
            assertThat(List.of("startupProbe", "readinessProbe", "livenessProbe"))
                    .allSatisfy(probe -> assertThat(portsOf(workload)).contains(Overlay.pod(workload)
                            .at("/containers/0/" + probe + "/httpGet/port")
                            .asText()));
        }
    }

    private static Set<String> portsOf(JsonNode workload) {
        return Overlay.items(Overlay.pod(workload).at("/containers/0/ports"))
                .flatMap(port -> Stream.of(port.path("name").asText(), port.path("containerPort").asText()))
                .collect(Collectors.toSet());
    }

    @Test
    void podsAreAsConfinedAsTheyCanBe() throws Exception {
        for (JsonNode workload : Overlay.render("production").ours().toList()) {
            JsonNode pod = Overlay.pod(workload);
            JsonNode container = pod.at("/containers/0");
            assertThat(pod.at("/automountServiceAccountToken").asBoolean(true)).isFalse();
            assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
            assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
            assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean()).isTrue();
            assertThat(container.at("/securityContext/allowPrivilegeEscalation").asBoolean(true)).isFalse();
            assertThat(container.at("/securityContext/capabilities/drop/0").asText()).isEqualTo("ALL");
            assertThat(container.at("/resources/requests/memory").asText()).isNotEmpty();
            assertThat(container.at("/resources/limits/memory").asText()).isNotEmpty();
            assertThat(container.path("image").asText()).matches("(.*/)?offstage:\\d.*");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"base", "demo", "production"})
    void everySettingExists(String name) throws Exception {
        Overlay overlay = Overlay.render(name);
        Set<String> variables = overlay.ours()
                .flatMap(workload -> overlay.environment(workload).keySet().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        overlay.ofKind("Secret").forEach(secret -> secret.path("data").fieldNames().forEachRemaining(variables::add));
        variables.removeIf(variable -> !variable.startsWith("OFFSTAGE_"));

        assertThat(variables).isNotEmpty().allSatisfy(variable -> assertThat(documentedVariables()).contains(variable));
    }

    /** The settings of the README's table, as environment variables. */
    private static Set<String> documentedVariables() throws IOException {
        Matcher settings = Pattern.compile("`(offstage\\.[a-z.-]+)`").matcher(Files.readString(Path.of("README.md")));
        return settings.results()
                .map(setting -> setting.group(1).toUpperCase(Locale.ROOT).replaceAll("[^A-Z]", "_"))
                .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "production"})
    void rolesAndLanesAreAllTaken(String name) throws Exception {
        Overlay overlay = Overlay.render(name);
        List<String> roles = new ArrayList<>();
        List<String> lanes = new ArrayList<>();
        for (JsonNode workload : overlay.ofKind("Deployment")
                .filter(workload -> overlay.environment(workload)
                        .containsKey("OFFSTAGE_ROLES"))
                .toList()) {
            Map<String, String> environment = overlay.environment(workload);
            roles.add(environment.get("OFFSTAGE_ROLES"));
            if (environment.get("OFFSTAGE_ROLES").equals("worker")) {
                JobTypeSettings.partitions()
                        .keySet()
                        .stream()
                        .filter(type -> overlay.runs(workload, type))
                        .forEach(lanes::add);
            }
        }
        assertThat(roles).contains(Stream.of(Role.values())
                .map(role -> role.name().toLowerCase(Locale.ROOT))
                .toArray(String[]::new));
        assertThat(lanes).as("each type has the workers of one Deployment")
                .containsExactlyInAnyOrderElementsOf(JobTypeSettings.partitions().keySet());
    }

    /** First the load balancers notice, then requests end, then jobs: all before the pod is killed. */
    @ParameterizedTest
    @ValueSource(strings = {"base", "demo", "production"})
    void podsAreGivenTheTimeThatAStopTakes(String name) throws Exception {
        Overlay overlay = Overlay.render(name);
        for (JsonNode workload : overlay.ours()
                .filter(workload -> overlay.environment(workload)
                        .containsKey("OFFSTAGE_ROLES"))
                .toList()) {
            Map<String, String> environment = overlay.environment(workload);
            boolean works = environment.get("OFFSTAGE_ROLES").contains("worker");
            long stop = seconds(environment.get("QUARKUS_SHUTDOWN_DELAY")) + 10
                    + (works ? seconds(environment.get("OFFSTAGE_WORKER_GRACE")) : 0);

            assertThat(Overlay.pod(workload).path("terminationGracePeriodSeconds").asLong())
                    .as(Overlay.nameOf(workload))
                    .isGreaterThanOrEqualTo(stop);
        }
    }

    /**
     * Kubernetes writes what is left out into lists that kubectl compares as a whole: each apply would then say "configured" where
     * nothing has changed.
     */
    @ParameterizedTest
    @ValueSource(strings = {"base", "demo", "production"})
    void nothingIsLeftOutThatWouldLookLikeAChange(String name) throws Exception {
        Overlay overlay = Overlay.render(name);
        Stream<JsonNode> ports = Stream.concat(
                overlay.ofKind("Service", "Deployment", "StatefulSet")
                        .flatMap(object -> object.findValues("ports").stream()),
                overlay.ofKind("NetworkPolicy").flatMap(policy -> policy.findValues("ports").stream()));
        assertThat(ports.flatMap(Overlay::items)).isNotEmpty()
                .allSatisfy(port -> assertThat(port.path("protocol").asText()).isIn("TCP", "UDP"));
        assertThat(overlay.ofKind("StatefulSet").flatMap(set -> Overlay.items(set.at("/spec/volumeClaimTemplates"))))
                .allSatisfy(claim -> {
                    assertThat(claim.path("apiVersion").asText()).isEqualTo("v1");
                    assertThat(claim.path("kind").asText()).isEqualTo("PersistentVolumeClaim");
                    assertThat(claim.at("/spec/volumeMode").asText()).isEqualTo("Filesystem");
                    assertThat(claim.at("/status/phase").asText()).isEqualTo("Pending");
                });
        assertThat(overlay.ofKind("Secret")).as("is kept as data").noneMatch(secret -> secret.has("stringData"));
        assertThat(overlay.ofKind("HTTPRoute").flatMap(route -> route.findValues("backendRefs").stream()))
                .flatMap(backends -> Overlay.items(backends).toList())
                .allSatisfy(backend -> assertThat(backend.fieldNames()).toIterable()
                        .contains("group", "kind", "weight"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "production"})
    void aNewerClusterWarnsBeforeItTurnsPodsAway(String name) throws Exception {
        String podSecurity = "pod-security.kubernetes.io/";
        JsonNode namespace = Overlay.render(name).ofKind("Namespace").findFirst().orElseThrow();

        assertThat(Overlay.texts(namespace.at("/metadata/labels"))).containsEntry(podSecurity + "enforce", "restricted")
                .containsEntry(podSecurity + "warn", "restricted")
                .containsEntry(podSecurity + "audit", "restricted")
                .hasEntrySatisfying(podSecurity + "enforce-version",
                        version -> assertThat(version).matches("v1\\.\\d+"));
    }

    /** Many that start at once on few processors take a minute each. */
    @ParameterizedTest
    @ValueSource(strings = {"base", "demo", "production"})
    void podsHaveFiveMinutesToStart(String name) throws Exception {
        assertThat(Overlay.render(name).ours()).allSatisfy(workload -> {
            JsonNode probe = Overlay.pod(workload).at("/containers/0/startupProbe");
            assertThat(probe.path("periodSeconds").asInt() * probe.path("failureThreshold").asInt()).isEqualTo(300);
        });
    }

    /**
     * A template of a Job or a selector cannot be changed: an apply that tries fails when it has changed other objects already. What
     * brings the tables up to date is thus part of the pods.
     */
    @ParameterizedTest
    @ValueSource(strings = {"demo", "production"})
    void aChangedSettingAndANewVersionTouchNothingThatCannotBeChanged(String name, @TempDir Path directory)
            throws Exception {
        Overlay before = Overlay.render(name);
        // Kustomize takes no absolute paths.
        Path folder = directory.toRealPath().relativize(Path.of("k8s", name).toRealPath());
        Files.writeString(directory.resolve("kustomization.yaml"), """
                resources: [%s]
                images: [{name: offstage, newTag: 99.0.0}, {name: registry.example.com/offstage, newTag: 99.0.0}]
                configMapGenerator:
                  - {name: offstage, namespace: %s, behavior: merge, literals: [OFFSTAGE_WORKER_GRACE=24s]}
                """.formatted(folder, before.namespace()));
        Overlay after = Overlay.render(directory);

        List<String> ours = before.ours().map(Overlay::nameOf).toList();
        assertThat(before.ofKind("Job")).isEmpty();
        List<String> changed = new ArrayList<>();
        for (JsonNode object : after.objects()) {
            JsonNode old = before.objects()
                    .stream()
                    .filter(other -> Overlay.idOf(other).equals(Overlay.idOf(object)))
                    .findFirst()
                    .orElse(null);
            if (old == null) {
                assertThat(object.path("kind").asText()).as("is new").isEqualTo("ConfigMap");
            } else if (!old.equals(object)) {
                changed.add(Overlay.nameOf(object));
                assertThat(object.path("kind").asText()).isEqualTo("Deployment");
                ((ObjectNode) old.path("spec")).remove("template");
                ((ObjectNode) object.path("spec")).remove("template");
                assertThat(object).as("but for the template").isEqualTo(old);
            }
        }
        assertThat(changed).containsExactlyInAnyOrderElementsOf(ours);
    }

    /** Pods wait for tables that fit by bringing them themselves, with all that they need to reach them. */
    @ParameterizedTest
    @ValueSource(strings = {"demo", "production"})
    void eachPodBringsTheTablesUpToDateFirst(String name) throws Exception {
        Overlay overlay = Overlay.render(name);
        for (JsonNode workload : overlay.ours().toList()) {
            JsonNode migration = Overlay.pod(workload).at("/initContainers/0");
            JsonNode container = Overlay.pod(workload).at("/containers/0");

            assertThat(overlay.migrationEnvironment(workload)).containsEntry("QUARKUS_FLYWAY_MIGRATE_AT_START", "true")
                    .containsEntry("QUARKUS_INIT_AND_EXIT", "true");
            assertThat(overlay.environment(workload)).containsEntry("QUARKUS_FLYWAY_MIGRATE_AT_START", "false")
                    .containsEntry("QUARKUS_FLYWAY_VALIDATE_AT_START", "true");
            assertThat(List.of("image", "envFrom", "securityContext", "volumeMounts"))
                    .allSatisfy(field -> assertThat(migration.path(field)).as("%s of %s", field, workload)
                            .isNotEqualTo(MissingNode.getInstance())
                            .isEqualTo(container.path(field)));
            assertThat(migration.findValues("secretKeyRef")).containsExactlyElementsOf(
                    container.findValues("secretKeyRef"));
        }
    }

    private static long seconds(String duration) {
        return DurationConverter.parseDuration(duration).toSeconds();
    }
}
