package dev.offstage.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.quarkus.runtime.configuration.DurationConverter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.offstage.config.Role;

/** What {@code kubectl apply -k} would be given, held against the models of its kinds, against itself and against the code. */
class OverlaysTest {

    private static final int USUAL_PARTITIONS = 12;
    private static final Pattern JDBC_PORT = Pattern.compile("//[^:/]+:(\\d+)/");

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
            assertFindsPods(overlay, policy, policy.at("/spec/podSelector/matchLabels"));
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
                    .filter(workload -> !workload.path("kind").asText().equals("Job"))
                    .filter(workload -> Overlay.selects(service.at("/spec/selector"), workload))
                    .toList();
            assertThat(behind).as("behind the service " + Overlay.nameOf(service)).isNotEmpty();
            for (JsonNode port : service.at("/spec/ports")) {
                assertThat(behind).allSatisfy(workload -> assertThat(portsOf(workload))
                        .contains(port.path("targetPort").asText(port.path("port").asText())));
            }
        }
        for (JsonNode backend : overlay.ofKind("Ingress").flatMap(i -> i.findValues("backend").stream()).toList()) {
            JsonNode service = overlay.get("Service", backend.at("/service/name").asText());
            assertThat(service.at("/spec/ports").findValuesAsText("name"))
                    .contains(backend.at("/service/port/name").asText());
        }
        for (JsonNode workload : overlay.ours()
                .filter(workload -> !Overlay.nameOf(workload).equals("migration"))
                .toList()) {
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
            assertThat(container.path("image").asText()).matches("offstage:\\d.*");
        }
    }

    @Test
    void everySecretIsMadeBySomebody() throws Exception {
        Overlay demo = Overlay.render("demo");
        assertThat(demo.ofKind("Secret").map(Overlay::nameOf)).containsAll(demo.secretsWanted().toList());

        Overlay production = Overlay.render("production");
        Set<String> made = production.ofKind("Secret").map(Overlay::nameOf).collect(Collectors.toSet());
        made.add(Overlay.nameOf(Overlay.read(Path.of("k8s/production/secret.template.yaml"))));
        production.ofKind("KafkaUser").map(Overlay::nameOf).forEach(made::add);
        production.ofKind("Kafka").map(Overlay::nameOf).forEach(kafka -> made.add(kafka + "-cluster-ca-cert"));
        production.ofKind("Cluster")
                .map(Overlay::nameOf)
                .forEach(cluster -> made.addAll(Set.of(cluster + "-app", cluster + "-ca")));
        assertThat(made).containsAll(production.secretsWanted().toList());
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
                lanes.addAll(List.of(environment.getOrDefault("OFFSTAGE_LANES", String.join(",", partitions().keySet()))
                        .split(",")));
            }
        }
        assertThat(roles).contains(Stream.of(Role.values())
                .map(role -> role.name().toLowerCase(Locale.ROOT))
                .toArray(String[]::new));
        assertThat(lanes).containsExactlyInAnyOrderElementsOf(partitions().keySet());
    }

    @Test
    void eachLaneOfAWorkerScalesIt() throws Exception {
        Overlay production = Overlay.render("production");
        for (JsonNode scaler : production.ofKind("ScaledObject").toList()) {
            JsonNode worker = production.get("Deployment", scaler.at("/spec/scaleTargetRef/name").asText());
            Set<String> lanes = Set.of(production.environment(worker).get("OFFSTAGE_LANES").split(","));

            assertThat(worker.at("/spec/replicas").isMissingNode()).as("KEDA alone says how many").isTrue();
            assertThat(scaler.at("/spec/triggers").findValuesAsText("topic"))
                    .containsExactlyInAnyOrderElementsOf(lanes);
            for (JsonNode trigger : scaler.at("/spec/triggers")) {
                assertThat(trigger.at("/metadata/consumerGroup").asText())
                        .isEqualTo("offstage." + trigger.at("/metadata/topic").asText());
            }
        }
    }

    @Test
    void theTopicsAreThoseThatOffstageWouldMake() throws Exception {
        Map<String, Integer> expected = new TreeMap<>();
        partitions().forEach(
                (type, partitions) -> Stream.of("", ".retry-1s", ".retry-4s", ".retry-16s", ".retry-64s", ".dlq")
                        .forEach(topic -> expected.put(type + topic, partitions)));
        Map<String, Integer> written = new TreeMap<>();
        Overlay.render("production")
                .ofKind("KafkaTopic")
                .forEach(topic -> written.put(Overlay.nameOf(topic), topic.at("/spec/partitions").asInt()));

        assertThat(written).isEqualTo(expected);
    }

    /** By job type. */
    private static Map<String, Integer> partitions() throws IOException {
        Properties settings = new Properties();
        try (var file = Files.newBufferedReader(Path.of("src/main/resources/application.properties"))) {
            settings.load(file);
        }
        Map<String, Integer> partitions = new TreeMap<>();
        for (String setting : settings.stringPropertyNames()) {
            Matcher type = Pattern.compile("offstage\\.jobs\\.([a-z-]+)\\..*").matcher(setting);
            if (type.matches()) {
                partitions.put(type.group(1), Integer.parseInt(settings.getProperty(
                        "offstage.jobs." + type.group(1) + ".partitions", Integer.toString(USUAL_PARTITIONS))));
            }
        }
        return partitions;
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

    private static long seconds(String duration) {
        return DurationConverter.parseDuration(duration).toSeconds();
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "production"})
    void whatTheCodeConnectsToIsWithinReach(String name) throws Exception {
        Overlay overlay = Overlay.render(name);
        for (JsonNode workload : overlay.ours().toList()) {
            Map<String, String> environment = overlay.environment(workload);
            Map<String, Integer> wanted = new HashMap<>(Map.of(
                    "kafka", port(environment.get("KAFKA_BOOTSTRAP_SERVERS")),
                    "postgresql", jdbcPort(environment.get("QUARKUS_DATASOURCE_JDBC_URL"))));
            if (environment.getOrDefault("OFFSTAGE_ROLES", "").contains("worker")) {
                wanted.put("mail", Integer.parseInt(environment.get("QUARKUS_MAILER_PORT")));
                wanted.put("collector", portBehind(overlay, URI.create(environment.get("OFFSTAGE_ANALYTICS_URL"))));
            }
            List<Integer> open = openPorts(overlay, workload);
            assertThat(open).as(Overlay.nameOf(workload) + " reaches " + wanted)
                    .containsAll(wanted.values())
                    .contains(53);
        }
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    private static int jdbcPort(String url) {
        Matcher port = JDBC_PORT.matcher(url);
        assertThat(port.find()).as(url).isTrue();
        return Integer.parseInt(port.group(1));
    }

    /** Policies are about the ports of pods, not about those of the services before them. */
    private static int portBehind(Overlay overlay, URI url) {
        int port = url.getPort() > 0 ? url.getPort() : url.getScheme().equals("https") ? 443 : 80;
        return overlay.ofKind("Service")
                .filter(service -> Overlay.nameOf(service).equals(url.getHost()))
                .findFirst()
                .map(service -> overlay.get("Deployment", url.getHost()))
                .map(pod -> Overlay.pod(pod).at("/containers/0/ports/0/containerPort").asInt())
                .orElse(port);
    }

    private static List<Integer> openPorts(Overlay overlay, JsonNode workload) {
        return overlay.ofKind("NetworkPolicy")
                .filter(policy -> Overlay.selects(policy.at("/spec/podSelector/matchLabels"), workload))
                .flatMap(policy -> Overlay.items(policy.at("/spec/egress")))
                .flatMap(egress -> Overlay.items(egress.path("ports")))
                .map(port -> port.path("port").asInt())
                .toList();
    }
}
