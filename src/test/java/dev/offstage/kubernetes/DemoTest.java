package dev.offstage.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import io.fabric8.kubernetes.api.model.Quantity;

import com.fasterxml.jackson.databind.JsonNode;

/** What {@code k8s/demo} asks of a small cluster. */
class DemoTest {

    private static final long GIBIBYTE = 1L << 30;

    private static Overlay demo;

    @BeforeAll
    static void render() throws Exception {
        assumeTrue(Overlay.canRender(), "kubectl is not installed");
        demo = Overlay.render("demo");
    }

    /** Of the two processors that minikube has unless told otherwise, a cluster's own pods ask for three quarters of one. */
    @Test
    void itFitsTwoProcessorsAndFourGibibytes() {
        assertThat(sum(requests -> milli(requests.path("cpu")))).as("thousandths of a processor")
                .isPositive()
                .isLessThanOrEqualTo(1_000);
        assertThat(sum(requests -> bytes(requests.path("memory")))).as("bytes")
                .isPositive()
                .isLessThanOrEqualTo(2 * GIBIBYTE + GIBIBYTE / 2);
    }

    /** There may be no room for a second pod beside the one that it takes over from. */
    @Test
    void aPodTakesThePlaceOfTheOneBefore() {
        assertThat(demo.ofKind("Deployment")).hasSizeGreaterThan(4).allSatisfy(deployment -> {
            assertThat(deployment.at("/spec/strategy/rollingUpdate/maxSurge").asInt(-1)).isZero();
            assertThat(deployment.at("/spec/strategy/rollingUpdate/maxUnavailable").asInt()).isOne();
        });
    }

    /** It would complain for as long as there is no metrics-server. */
    @Test
    void nothingWantsWhatAnEmptyClusterLacks() {
        assertThat(demo.ofKind("HorizontalPodAutoscaler")).isEmpty();
        assertThat(demo.objects()).allMatch(object -> object.path("apiVersion")
                .asText()
                .matches("v1|(apps|policy|networking\\.k8s\\.io)/v1"));
    }

    @Test
    void everyPodSaysWhenItIsReady() {
        assertThat(demo.workloads()).allSatisfy(workload -> assertThat(
                Overlay.pod(workload).at("/containers/0/readinessProbe").isObject()).as(Overlay.nameOf(workload))
                .isTrue());
    }

    @Test
    void imagesOfOthersAreTheSameTomorrow() {
        Stream<String> images = demo.workloads()
                .map(workload -> Overlay.pod(workload).at("/containers/0/image").asText())
                .filter(image -> !image.startsWith("offstage:"));

        assertThat(images).hasSize(4)
                .allMatch(image -> image.matches("[a-z/]+:v?\\d+\\.\\d+(\\.\\d+)?@sha256:[0-9a-f]{64}"));
    }

    /** What docs/kubernetes.md has somebody with an empty minikube type. */
    @Test
    void sevenCommandsLeadToASignUp() throws Exception {
        String docs = Files.readString(Path.of("docs/kubernetes.md"));
        String way = docs.substring(docs.indexOf("## Try it"), docs.indexOf("Then look around"));
        List<String> commands = Pattern.compile("```\\n(.*)\\n```\\n\\n\\S")
                .matcher(way)
                .results()
                .map(command -> command.group(1))
                .toList();

        assertThat(commands).as("each is of one line and explained in the next").hasSize(7);
        assertThat(commands.get(2)).endsWith("target/offstage-image.tar");
        assertThat(commands.get(3)).isEqualTo("kubectl apply -k k8s/demo");
        assertThat(commands.subList(4, 6)).allMatch(command -> command.contains(" -n " + demo.namespace() + " "));
        assertThat(commands.get(5)).contains("service/api 8080:"
                + demo.get("Service", "api").at("/spec/ports/0/port").asText());
        assertThat(docs).contains("image `" + Overlay.pod(demo.get("Deployment", "api"))
                .at("/containers/0/image")
                .asText() + "`");
    }

    /** A pod asks for the most of what its containers do before it runs and of what they do then. */
    private static long sum(ToLongFunction<JsonNode> amount) {
        return demo.workloads().mapToLong(workload -> {
            JsonNode pod = Overlay.pod(workload);
            long before = Overlay.items(pod.path("initContainers"))
                    .mapToLong(container -> amount.applyAsLong(container.at("/resources/requests")))
                    .max()
                    .orElse(0);
            long then = Overlay.items(pod.path("containers"))
                    .mapToLong(container -> amount.applyAsLong(container.at("/resources/requests")))
                    .sum();
            return workload.at("/spec/replicas").asInt(1) * Math.max(before, then);
        }).sum();
    }

    private static long milli(JsonNode quantity) {
        return Quantity.parse(quantity.asText()).getNumericalAmount().movePointRight(3).longValueExact();
    }

    private static long bytes(JsonNode quantity) {
        return Quantity.getAmountInBytes(Quantity.parse(quantity.asText())).longValueExact();
    }
}
