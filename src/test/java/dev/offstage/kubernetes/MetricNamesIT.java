package dev.offstage.kubernetes;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;

import com.fasterxml.jackson.databind.JsonNode;

import dev.offstage.job.JobState;
import dev.offstage.testing.Management;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

/** The dashboard and the alerts ask for nothing but what {@code /q/metrics} serves. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class MetricNamesIT {

    private static final Duration TWO_ROUNDS = Duration.ofSeconds(30);
    private static final Pattern METRIC = Pattern.compile("\\b((?:offstage|http|jvm|agroal)_[a-z_]+)(?:\\{([^}]*)})?");
    private static final Pattern LABEL = Pattern.compile("([a-z]+)(?:=~|!=|=)");

    @BeforeEach
    void doOneOfEach() {
        given().contentType(ContentType.JSON)
                .body(Map.of("email", UUID.randomUUID() + "@example.com", "name", "Ada"))
                .post("/signup")
                .then()
                .statusCode(201);
        TestJobs.await(TestJobs.enqueue(new Script(1, "passing", null)), JobState.COMPLETED);
    }

    @Test
    void theDashboardShowsWhatIsThere() throws Exception {
        List<String> queries = expressions(Path.of("k8s/production/dashboards/offstage.json"));

        assertThat(queries).hasSizeGreaterThan(12);
        await().atMost(TWO_ROUNDS).untilAsserted(() -> assertServed(queries));
    }

    @Test
    void theAlertsWatchWhatIsThere() throws Exception {
        List<String> queries = expressions(Path.of("k8s/production/alerts.yaml")).stream()
                .filter(query -> !query.startsWith("cnpg_")) // what CloudNativePG serves
                .toList();

        assertThat(queries).hasSizeGreaterThan(5);
        await().atMost(TWO_ROUNDS).untilAsserted(() -> assertServed(queries));
    }

    @Test
    void workersFollowWhatIsThere() throws Exception {
        List<String> queries = Overlay.readAll(Path.of("k8s/production/scaling.yaml"))
                .stream()
                .flatMap(object -> object.findValuesAsText("query").stream())
                .toList();

        assertThat(queries).hasSizeGreaterThan(1);
        await().atMost(TWO_ROUNDS).untilAsserted(() -> assertServed(queries));
    }

    @Test
    void aNameThatIsNotServedIsFound() {
        assertThat(missing("sum(offstage_nonsense{type=\"mail\"})", metrics())).containsExactly("offstage_nonsense");
        assertThat(missing("offstage_jobs{nonsense=\"mail\"}", metrics())).isNotEmpty();
    }

    private static List<String> expressions(Path file) throws IOException {
        return Overlay.read(file).findValues("expr").stream().map(JsonNode::asText).toList();
    }

    private static void assertServed(List<String> queries) {
        String metrics = metrics();
        assertThat(queries).allSatisfy(query -> {
            assertThat(METRIC.matcher(query).find()).as(query + " asks for a metric").isTrue();
            assertThat(missing(query, metrics)).as(query).isEmpty();
        });
    }

    private static String metrics() {
        return Management.given().get("/q/metrics").then().statusCode(200).extract().asString();
    }

    private static List<String> missing(String query, String metrics) {
        return METRIC.matcher(query)
                .results()
                .filter(asked -> !isServed(asked, metrics))
                .map(asked -> asked.group(1))
                .toList();
    }

    /** With each label that the query looks at. */
    private static boolean isServed(MatchResult asked, String metrics) {
        List<String> labels = asked.group(2) == null
                ? List.of()
                : LABEL.matcher(asked.group(2)).results().map(label -> label.group(1)).toList();
        return lines(metrics).anyMatch(line -> line.matches(asked.group(1) + "(\\{.*)? .*")
                && labels.stream().allMatch(label -> line.matches(".*[{,]" + label + "=\".*")));
    }

    private static Stream<String> lines(String metrics) {
        return metrics.lines().filter(line -> !line.startsWith("#"));
    }
}
