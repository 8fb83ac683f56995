package dev.offstage.kubernetes;

import static java.util.Map.entry;

import java.util.List;
import java.util.Map;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretKeySelector;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.strimzi.api.kafka.model.kafka.Kafka;
import io.strimzi.api.kafka.model.nodepool.KafkaNodePool;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import io.strimzi.api.kafka.model.user.KafkaUser;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Reads objects as the API server would: a field that their kind does not have is refused. */
final class KubernetesModel {

    private static final Map<String, Class<?>> KINDS = Map.ofEntries(
            entry("v1/ConfigMap", ConfigMap.class),
            entry("v1/Namespace", Namespace.class),
            entry("v1/Secret", Secret.class),
            entry("v1/Service", Service.class),
            entry("v1/ServiceAccount", ServiceAccount.class),
            entry("apps/v1/Deployment", Deployment.class),
            entry("apps/v1/StatefulSet", StatefulSet.class),
            entry("autoscaling/v2/HorizontalPodAutoscaler", HorizontalPodAutoscaler.class),
            entry("policy/v1/PodDisruptionBudget", PodDisruptionBudget.class),
            entry("networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class),
            entry("networking.k8s.io/v1/Ingress", Ingress.class),
            entry("gateway.networking.k8s.io/v1/Gateway", Gateway.class),
            entry("gateway.networking.k8s.io/v1/HTTPRoute", HTTPRoute.class),
            entry("monitoring.coreos.com/v1/ServiceMonitor", ServiceMonitor.class),
            entry("monitoring.coreos.com/v1/PrometheusRule", PrometheusRule.class),
            entry("kafka.strimzi.io/v1/Kafka", Kafka.class),
            entry("kafka.strimzi.io/v1/KafkaNodePool", KafkaNodePool.class),
            entry("kafka.strimzi.io/v1/KafkaTopic", KafkaTopic.class),
            entry("kafka.strimzi.io/v1/KafkaUser", KafkaUser.class),
            entry("postgresql.cnpg.io/v1/Cluster", PostgresqlCluster.class),
            entry("postgresql.cnpg.io/v1/ScheduledBackup", ScheduledBackup.class),
            entry("barmancloud.cnpg.io/v1/ObjectStore", ObjectStore.class),
            entry("keda.sh/v1alpha1/ScaledObject", ScaledObject.class),
            entry("keda.sh/v1alpha1/TriggerAuthentication", TriggerAuthentication.class));

    /** The models keep what they do not know for whoever sends it back; here it is a mistake. */
    private static final ObjectMapper STRICT = JsonMapper.builder()
            .annotationIntrospector(new JacksonAnnotationIntrospector() {
                @Override
                public Boolean hasAnySetter(Annotated member) {
                    return false;
                }
            })
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /** What we use of CloudNativePG's Cluster (cloudnative-pg.io, "API reference"), which has no model in Java. */
    record PostgresqlCluster(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {

        record Spec(int instances, ImageCatalog imageCatalogRef, Bootstrap bootstrap, Postgresql postgresql,
                Storage storage, Storage walStorage, ResourceRequirements resources, Affinity affinity,
                Monitoring monitoring, List<Plugin> plugins) {}

        record ImageCatalog(String apiGroup, String kind, String name, int major) {}

        record Bootstrap(Initdb initdb) {}

        record Initdb(String database, String owner) {}

        record Postgresql(Synchronous synchronous, Map<String, String> parameters) {}

        record Synchronous(String method, int number) {}

        record Storage(String size) {}

        record Affinity(String topologyKey) {}

        record Monitoring(boolean enablePodMonitor) {}

        record Plugin(String name, boolean enabled, boolean isWALArchiver, PluginParameters parameters) {}

        record PluginParameters(String barmanObjectName) {}
    }

    /** What we use of CloudNativePG's ScheduledBackup. */
    record ScheduledBackup(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {

        record Spec(String schedule, boolean immediate, String method, PluginConfiguration pluginConfiguration,
                String backupOwnerReference, Cluster cluster) {}

        record PluginConfiguration(String name) {}

        record Cluster(String name) {}
    }

    /** What we use of the ObjectStore of CloudNativePG's plugin for Barman Cloud. */
    record ObjectStore(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {

        record Spec(String retentionPolicy, Configuration configuration) {}

        record Configuration(String destinationPath, String endpointURL, S3Credentials s3Credentials, Data data,
                Data wal) {}

        record S3Credentials(SecretKeySelector accessKeyId, SecretKeySelector secretAccessKey) {}

        record Data(String compression) {}
    }

    /** What we use of KEDA's ScaledObject (keda.sh, "ScaledObject specification", "Apache Kafka" and "Prometheus"). */
    record ScaledObject(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {

        record Spec(Target scaleTargetRef, int minReplicaCount, int maxReplicaCount, int pollingInterval,
                int cooldownPeriod, List<Trigger> triggers) {}

        record Target(String name) {}

        record Trigger(String type, String metricType, Settings metadata, Authentication authenticationRef) {}

        record Settings(String bootstrapServers, String consumerGroup, String topic, String lagThreshold,
                String offsetResetPolicy, String scaleToZeroOnInvalidOffset, String sasl, String tls,
                String serverAddress, String query, String threshold) {}

        record Authentication(String name) {}
    }

    /** What we use of KEDA's TriggerAuthentication (keda.sh, "Authentication"). */
    record TriggerAuthentication(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {

        record Spec(List<Target> secretTargetRef) {}

        record Target(String parameter, String name, String key) {}
    }

    private KubernetesModel() {
    }

    /** @throws JsonProcessingException that names what its kind does not have */
    static Object read(JsonNode object) throws JsonProcessingException {
        String kind = object.path("apiVersion").asText() + "/" + object.path("kind").asText();
        Class<?> model = KINDS.get(kind);
        if (model == null) {
            throw new AssertionError("There is no model for " + kind + ": add it to the kinds.");
        }
        return STRICT.treeToValue(object, model);
    }
}
