package dev.offstage.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;

import dev.offstage.storage.Engine;

/** What {@code k8s/production} asks of the operators of Kafka, PostgreSQL, KEDA and Prometheus. */
class ProductionTest {

    private static final String CLUSTER = "strimzi.io/cluster";

    private static Overlay production;
    private static JsonNode kafka;
    private static JsonNode postgresql;

    @BeforeAll
    static void render() throws Exception {
        assumeTrue(Overlay.canRender(), "kubectl is not installed");
        production = Overlay.render("production");
        kafka = production.ofKind("Kafka").findFirst().orElseThrow();
        postgresql = production.ofKind("Cluster").findFirst().orElseThrow();
    }

    @Test
    void everySecretIsMadeBySomebody() throws Exception {
        Overlay demo = Overlay.render("demo");
        assertThat(made(demo)).containsAll(demo.secretsWanted().toList());

        Set<String> made = made(production);
        Overlay.readAll(Path.of("k8s/production/secret.template.yaml"))
                .forEach(secret -> add(made, secret, "stringData"));
        // As Strimzi and CloudNativePG name them and their keys.
        production.ofKind("KafkaUser")
                .map(Overlay::nameOf)
                .forEach(user -> made.addAll(Set.of(user + "/password", user + "/sasl.jaas.config")));
        made.add(Overlay.nameOf(kafka) + "-cluster-ca-cert/ca.crt");
        String cluster = Overlay.nameOf(postgresql);
        made.addAll(Set.of(cluster + "-app/username", cluster + "-app/password", cluster + "-ca/ca.crt"));
        assertThat(made).containsAll(production.secretsWanted().toList());
    }

    private static Set<String> made(Overlay overlay) {
        Set<String> made = new HashSet<>();
        overlay.ofKind("Secret").forEach(secret -> {
            add(made, secret, "data");
            add(made, secret, "stringData");
        });
        return made;
    }

    private static void add(Set<String> made, JsonNode secret, String data) {
        made.add(Overlay.nameOf(secret) + "/*");
        secret.path(data).fieldNames().forEachRemaining(key -> made.add(Overlay.nameOf(secret) + "/" + key));
    }

    @Test
    void eachLaneOfAWorkerScalesIt() {
        for (JsonNode scaler : production.ofKind("ScaledObject").toList()) {
            JsonNode worker = production.get("Deployment", scaler.at("/spec/scaleTargetRef/name").asText());
            Map<String, String> environment = production.environment(worker);
            String lanes = environment.get("OFFSTAGE_LANES");

            assertThat(worker.at("/spec/replicas").isMissingNode()).as("KEDA alone says how many").isTrue();
            List<String> types = JobTypeSettings.partitions()
                    .keySet()
                    .stream()
                    .filter(type -> production.runs(worker, type))
                    .toList();
            List<String> watched = scaler.at("/spec/triggers").findValuesAsText("topic");
            assertThat(types).as("what " + Overlay.nameOf(worker) + " runs").containsAll(watched);
            if (scaler.at("/spec/minReplicaCount").asInt() == 0) {
                assertThat(watched)
                        .as("of %s, which runs %s and which nothing else brings back from none: add a trigger"
                                + " to k8s/production/scaling.yaml", Overlay.nameOf(worker), lanes)
                        .containsExactlyInAnyOrderElementsOf(types);
            }
            for (JsonNode trigger : triggers(scaler, "kafka").toList()) {
                JsonNode settings = trigger.path("metadata");
                assertThat(settings.path("consumerGroup").asText())
                        .isEqualTo("offstage." + settings.path("topic").asText());
                assertThat(settings.path("bootstrapServers").asText())
                        .as("KEDA asks from its own namespace")
                        .isEqualTo(environment.get("KAFKA_BOOTSTRAP_SERVERS"))
                        .contains("." + production.namespace() + ".svc:");
            }
        }
    }

    /** With one worker at most there is nothing to decide. */
    @Test
    void theExpectedWaitScalesWhereverThereCanBeMoreWorkers() {
        for (JsonNode scaler : production.ofKind("ScaledObject")
                .filter(scaler -> scaler.at("/spec/maxReplicaCount").asInt() > 1)
                .toList()) {
            List<JsonNode> waits = triggers(scaler, "prometheus").toList();
            assertThat(waits).hasSize(1).allSatisfy(wait -> {
                assertThat(wait.path("metricType").asText()).as("in proportion to the workers there are")
                        .isEqualTo("Value");
                JsonNode worker = production.get("Deployment", scaler.at("/spec/scaleTargetRef/name").asText());
                assertThat(JobTypeSettings.partitions().keySet()).as("what " + Overlay.nameOf(worker) + " runs")
                        .allSatisfy(type -> assertThat(asksFor(wait.at("/metadata/query").asText(), type)).as(type)
                                .isEqualTo(production.runs(worker, type)));
            });
        }
    }

    private static boolean asksFor(String query, String type) {
        List<MatchResult> matchers = Pattern.compile("type(=~|!~|=)\"([^\"]+)\"").matcher(query).results().toList();
        assertThat(matchers.stream().map(MatchResult::group).distinct()).as("ask for the same types in " + query)
                .hasSize(1);
        return type.matches(matchers.get(0).group(2)) != matchers.get(0).group(1).equals("!~");
    }

    private static Stream<JsonNode> triggers(JsonNode scaler, String type) {
        return Overlay.items(scaler.at("/spec/triggers")).filter(trigger -> trigger.path("type").asText().equals(type));
    }

    @Test
    void topicsOutliveABrokerAndAreThoseOfTheJobTypes() throws Exception {
        Map<String, Integer> expected = new TreeMap<>();
        JobTypeSettings.partitions()
                .forEach((type, partitions) -> Stream
                        .of("", ".retry-1s", ".retry-4s", ".retry-16s", ".retry-64s", ".dlq")
                        .forEach(topic -> expected.put(type + topic, partitions)));
        Map<String, Integer> written = production.ofKind("KafkaTopic")
                .collect(Collectors.toMap(Overlay::nameOf, topic -> topic.at("/spec/partitions").asInt()));
        int replicas = Integer.parseInt(environment().get("OFFSTAGE_TOPICS_REPLICATION"));

        assertThat(expected).as("what Offstage makes itself, as it does with what is not written down")
                .containsAllEntriesOf(written);
        assertThat(production.ofKind("KafkaTopic")).allSatisfy(topic -> {
            assertThat(topic.at("/spec/replicas").asInt()).isEqualTo(replicas);
            assertThat(topic.at("/spec/config/min.insync.replicas").asInt()).isEqualTo(replicas - 1);
        });
        JsonNode config = kafka.at("/spec/kafka/config");
        assertThat(config.path("default.replication.factor").asInt()).isEqualTo(replicas);
        assertThat(config.path("offsets.topic.replication.factor").asInt()).isEqualTo(replicas);
        assertThat(config.path("min.insync.replicas").asInt()).isEqualTo(replicas - 1);
    }

    @Test
    void everythingOfKafkaBelongsToTheOneCluster() {
        assertThat(production.ofKind("KafkaNodePool", "KafkaTopic", "KafkaUser"))
                .allSatisfy(object -> assertThat(Overlay.texts(object.at("/metadata/labels")))
                        .as(Overlay.nameOf(object))
                        .containsEntry(CLUSTER, Overlay.nameOf(kafka)));
        assertThat(production.ofKind("KafkaNodePool").flatMap(pool -> Overlay.items(pool.at("/spec/roles"))))
                .extracting(JsonNode::asText)
                .containsExactlyInAnyOrder("controller", "broker");
        assertThat(production.ofKind("KafkaNodePool")).allSatisfy(
                pool -> assertThat(pool.at("/spec/replicas").asInt()).as(Overlay.nameOf(pool)).isGreaterThan(2));
    }

    /** Which rights what the code asks for takes: kafka.apache.org, "Protocol operations". */
    @Test
    void offstageMayDoWithKafkaWhatItDoes() {
        Map<String, Set<String>> allowed = production.get("KafkaUser", "offstage-kafka")
                .at("/spec/authorization/acls")
                .findParents("operations")
                .stream()
                .collect(Collectors.toMap(
                        acl -> acl.at("/resource/type").asText() + " " + acl.at("/resource/name").asText(""),
                        acl -> Overlay.items(acl.path("operations"))
                                .map(JsonNode::asText)
                                .collect(Collectors.toSet())));

        assertThat(allowed.get("topic *")).contains("Create", "Describe", "DescribeConfigs", "Read", "Write");
        assertThat(allowed.get("group offstage.")).contains("Describe", "Read");
        assertThat(allowed.get("cluster ")).contains("IdempotentWrite");
    }

    @Test
    void kafkasPodsAreLetIntoTheNamespace() {
        assertThat(production.ofKind("Namespace").findFirst().orElseThrow().toString())
                .contains("\"pod-security.kubernetes.io/enforce\":\"restricted\"");
        assertRestricted(kafka.at("/spec/kafka/template"), "kafkaContainer");
        assertRestricted(kafka.at("/spec/entityOperator/template"), "topicOperatorContainer", "userOperatorContainer");
        assertThat(production.ofKind("KafkaNodePool")).as("have the template of all")
                .noneMatch(pool -> pool.path("spec").has("template"));
    }

    private static void assertRestricted(JsonNode template, String... containers) {
        assertThat(template.at("/pod/securityContext/runAsNonRoot").asBoolean()).isTrue();
        assertThat(template.at("/pod/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
        for (String container : containers) {
            JsonNode context = template.path(container).path("securityContext");
            assertThat(context.path("allowPrivilegeEscalation").asBoolean(true)).as(container).isFalse();
            assertThat(context.at("/capabilities/drop/0").asText()).as(container).isEqualTo("ALL");
        }
    }

    @Test
    void postgresqlHasAConnectionForEachThatPodsMayOpen() throws Exception {
        int pool = Integer.parseInt(JobTypeSettings.read().getProperty("quarkus.datasource.jdbc.max-size"))
                + Engine.CONNECTIONS;
        int pods = production.ofKind("Deployment")
                .mapToInt(
                        deployment -> most(deployment) + deployment.at("/spec/strategy/rollingUpdate/maxSurge").asInt())
                .sum();

        assertThat(postgresql.at("/spec/postgresql/parameters/max_connections").asInt())
                .as("max_connections for %d pods with %d connections each, and some for operators", pods, pool)
                .isGreaterThanOrEqualTo(pods * pool + 10);
    }

    private static int most(JsonNode deployment) {
        return production.ofKind("HorizontalPodAutoscaler", "ScaledObject")
                .filter(scaler -> scaler.at("/spec/scaleTargetRef/name").asText().equals(Overlay.nameOf(deployment)))
                .map(scaler -> scaler.path("spec"))
                .map(spec -> spec.path("maxReplicas").asInt(spec.path("maxReplicaCount").asInt()))
                .findFirst()
                .orElseGet(() -> deployment.at("/spec/replicas").asInt());
    }

    /** A backup of each night alone would lose a day: with the log since then it is five minutes. */
    @Test
    void backupsAndTheLogSinceThenAreOfTheOnePostgresqlAndKept() {
        JsonNode store = production.ofKind("ObjectStore").findFirst().orElseThrow();
        JsonNode archiver = postgresql.at("/spec/plugins/0");

        assertThat(archiver.path("isWALArchiver").asBoolean()).isTrue();
        assertThat(archiver.at("/parameters/barmanObjectName").asText()).isEqualTo(Overlay.nameOf(store));
        assertThat(store.at("/spec/retentionPolicy").asText()).isEqualTo("30d");
        assertThat(production.ofKind("ScheduledBackup")).hasSize(1).allSatisfy(backup -> {
            assertThat(backup.at("/spec/cluster/name").asText()).isEqualTo(Overlay.nameOf(postgresql));
            assertThat(backup.at("/spec/method").asText()).isEqualTo("plugin");
            assertThat(backup.at("/spec/pluginConfiguration/name").asText())
                    .isEqualTo(archiver.path("name").asText());
        });
    }

    /** The CRD takes any version; an operator that does not know it makes no Kafka, and says so in a status alone. */
    @Test
    void kafkaIsOfAVersionThatEveryStrimziTakes() throws Exception {
        Map<String, Set<String>> taken = Facts.lists("strimzi-kafka-versions.properties");
        String version = kafka.at("/spec/kafka/version").asText("");

        if (!version.isEmpty()) {
            assertThat(taken).allSatisfy((strimzi, versions) -> assertThat(versions).as("Strimzi " + strimzi)
                    .contains(version));
        }
        assertThat(Path.of("docs/kubernetes.md")).content()
                .as("names the oldest and the newest that the list knows")
                .contains("Strimzi 0.49 to 1.2");
        assertThat(taken).containsOnlyKeys("0.49", "0.50", "0.51", "1.0", "1.1", "1.2");
    }

    @Test
    void postgresqlIsOfACatalogueThatCloudNativePgPublishesAndTheDocsInstall() throws Exception {
        String catalogue = postgresql.at("/spec/imageCatalogRef/name").asText();

        assertThat(Facts.lists("cloudnative-pg-catalogues.properties")).containsKey(catalogue);
        assertThat(Facts.lists("cloudnative-pg-catalogues.properties").get(catalogue))
                .contains(postgresql.at("/spec/imageCatalogRef/major").asText());
        assertThat(Path.of("docs/kubernetes.md")).content()
                .contains("image-catalogs/" + catalogue.replace("postgresql-", "catalog-") + ".yaml");
    }

    @Test
    void prometheusFindsEveryPod() {
        JsonNode monitor = production.ofKind("ServiceMonitor").findFirst().orElseThrow();
        List<JsonNode> services = production.ofKind("Service")
                .filter(service -> Overlay.texts(service.at("/metadata/labels"))
                        .entrySet()
                        .containsAll(Overlay.texts(monitor.at("/spec/selector/matchLabels")).entrySet()))
                .toList();

        assertThat(services).hasSize(1);
        assertThat(monitor.at("/spec/endpoints").findValuesAsText("port")).containsExactly("management");
        assertThat(services.get(0).at("/spec/ports").findValuesAsText("name"))
                .containsAll(monitor.at("/spec/endpoints").findValuesAsText("port"));
        assertThat(production.ours().filter(workload -> workload.path("kind").asText().equals("Deployment")))
                .allMatch(workload -> Overlay.selects(services.get(0).at("/spec/selector"), workload));
    }

    private static Map<String, String> environment() {
        return production.environment(production.get("Deployment", "api"));
    }
}
