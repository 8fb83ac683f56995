package dev.offstage.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import com.fasterxml.jackson.databind.JsonNode;

/** Whatever the code connects to must be let out of the one pod and into the other. */
class NetworkPoliciesTest {

    private static final String ANYWHERE = "0.0.0.0/0";

    /**
     * The pods behind an address.
     *
     * @param labels empty outside of the cluster
     * @param port of the pods, which is not that of a service before them
     */
    private record Target(Map<String, String> labels, String port) {

        boolean isOutside() {
            return labels.isEmpty();
        }
    }

    @BeforeAll
    static void kubectlIsThere() {
        assumeTrue(Overlay.canRender(), "kubectl is not installed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "production"})
    void whatTheCodeConnectsToIsWithinReach(String name) throws Exception {
        Overlay overlay = Overlay.render(name);
        for (JsonNode workload : overlay.ours().toList()) {
            Map<String, String> environment = overlay.environment(workload);
            assertReaches(overlay, workload, "tcp://" + environment.get("KAFKA_BOOTSTRAP_SERVERS"));
            assertReaches(overlay, workload,
                    environment.get("QUARKUS_DATASOURCE_JDBC_URL").substring("jdbc:".length()));
            if (environment.getOrDefault("OFFSTAGE_ROLES", "").contains("worker")) {
                assertReaches(overlay, workload,
                        "tcp://" + environment.get("QUARKUS_MAILER_HOST") + ":"
                                + environment.get("QUARKUS_MAILER_PORT"));
                assertReaches(overlay, workload, environment.get("OFFSTAGE_ANALYTICS_URL"));
                assertReaches(overlay, workload, "https://hooks.example.com");
            }
            assertThat(egress(overlay, workload)).as(Overlay.nameOf(workload) + " asks DNS")
                    .anyMatch(rule -> opens(rule, "53") && rule.toString().contains("namespaceSelector"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "production"})
    void nothingElseLetsPodsOut(String name) throws Exception {
        Overlay overlay = Overlay.render(name);
        for (JsonNode workload : overlay.ours().toList()) {
            boolean works = overlay.environment(workload).getOrDefault("OFFSTAGE_ROLES", "").contains("worker");
            assertThat(egress(overlay, workload)).as(Overlay.nameOf(workload)).allSatisfy(rule -> {
                assertThat(rule.path("to")).as("names whom it lets out to: %s", rule).isNotEmpty();
                assertThat(rule.path("ports")).as("names ports: %s", rule).isNotEmpty();
                if (!works) {
                    assertThat(rule.path("to").findValuesAsText("cidr")).as("to the internet: %s", rule)
                            .doesNotContain(ANYWHERE);
                }
            });
        }
    }

    /** Health and figures have a port of their own, so that whoever may sign up need not see them. */
    @ParameterizedTest
    @ValueSource(strings = {"demo", "production"})
    void onlyPrometheusIsLetInToTheManagementPort(String name) throws Exception {
        Overlay overlay = Overlay.render(name);
        for (JsonNode workload : overlay.ours().toList()) {
            List<JsonNode> rules = overlay.ofKind("NetworkPolicy")
                    .filter(policy -> Overlay.selects(policy.at("/spec/podSelector/matchLabels"), workload))
                    .flatMap(policy -> Overlay.items(policy.at("/spec/ingress")))
                    .filter(rule -> opens(rule, "management") || opens(rule, "9000"))
                    .toList();
            assertThat(rules).as(Overlay.nameOf(workload))
                    .hasSize(1)
                    .allSatisfy(rule -> assertThat(rule.path("from"))
                            .hasSize(1)
                            .allSatisfy(peer -> assertThat(peer.at("/namespaceSelector/matchLabels").toString())
                                    .isEqualTo("{\"offstage.dev/scrapes\":\"true\"}")));
        }
    }

    private static void assertReaches(Overlay overlay, JsonNode workload, String address) {
        Target target = target(overlay, URI.create(address));
        assertThat(egress(overlay, workload)).as("%s of %s is let out to %s, which is %s", Overlay.nameOf(workload),
                overlay.name(), address, target)
                .anyMatch(rule -> opens(rule, target.port()) && (target.isOutside()
                        ? rule.path("to").findValuesAsText("cidr").contains(ANYWHERE)
                        : names(rule.path("to"), target.labels())));
        if (target.isOutside()) {
            return;
        }
        List<JsonNode> guards = overlay.ofKind("NetworkPolicy")
                .filter(policy -> policy.at("/spec/policyTypes").toString().contains("Ingress"))
                .filter(policy -> target.labels()
                        .entrySet()
                        .containsAll(Overlay.texts(policy.at("/spec/podSelector/matchLabels")).entrySet()))
                .toList();
        if (!guards.isEmpty()) {
            assertThat(guards.stream().flatMap(policy -> Overlay.items(policy.at("/spec/ingress"))))
                    .as("%s of %s is let in at %s", Overlay.nameOf(workload), overlay.name(), address)
                    .anyMatch(rule -> opens(rule, target.port())
                            && names(rule.path("from"), Overlay.podLabels(workload)));
        }
        for (JsonNode listener : overlay.ofKind("Kafka")
                .flatMap(kafka -> Overlay.items(kafka.at("/spec/kafka/listeners")))
                .filter(listener -> listener.path("port").asText().equals(target.port()))
                .toList()) {
            assertThat(names(listener.path("networkPolicyPeers"), Overlay.podLabels(workload)))
                    .as("Kafka's listener knows " + Overlay.nameOf(workload))
                    .isTrue();
        }
    }

    private static Target target(Overlay overlay, URI address) {
        String port = Integer.toString(
                address.getPort() > 0 ? address.getPort() : address.getScheme().equals("https") ? 443 : 80);
        String host = address.getHost().replaceFirst("\\." + overlay.namespace() + "\\.svc$", "");
        Map<String, Target> known = new HashMap<>();
        overlay.ofKind("Service")
                .forEach(service -> known.put(Overlay.nameOf(service), new Target(
                        Overlay.texts(service.at("/spec/selector")), overlay.podPort(service, port))));
        // As Strimzi and CloudNativePG name their services and label their pods.
        overlay.ofKind("Kafka")
                .map(Overlay::nameOf)
                .forEach(kafka -> known.put(kafka + "-kafka-bootstrap",
                        new Target(Map.of("strimzi.io/cluster", kafka, "strimzi.io/name", kafka + "-kafka"), port)));
        overlay.ofKind("Cluster")
                .map(Overlay::nameOf)
                .forEach(cluster -> known.put(cluster + "-rw", new Target(Map.of("cnpg.io/cluster", cluster), port)));
        Target target = known.get(host);
        if (target == null) {
            assertThat(host).as("there is no such service in " + overlay.name()).contains(".").doesNotEndWith(".svc");
            return new Target(Map.of(), port);
        }
        return target;
    }

    private static List<JsonNode> egress(Overlay overlay, JsonNode workload) {
        return overlay.ofKind("NetworkPolicy")
                .filter(policy -> Overlay.selects(policy.at("/spec/podSelector/matchLabels"), workload))
                .flatMap(policy -> Overlay.items(policy.at("/spec/egress")))
                .toList();
    }

    private static boolean opens(JsonNode rule, String port) {
        return !rule.has("ports")
                || Overlay.items(rule.path("ports")).anyMatch(open -> open.path("port").asText().equals(port));
    }

    /** Whether pods of the same namespace with these labels are among the peers. */
    private static boolean names(JsonNode peers, Map<String, String> labels) {
        return Overlay.items(peers)
                .filter(peer -> peer.has("podSelector") && !peer.has("namespaceSelector"))
                .anyMatch(peer -> labels.entrySet()
                        .containsAll(Overlay.texts(peer.at("/podSelector/matchLabels")).entrySet()));
    }
}
