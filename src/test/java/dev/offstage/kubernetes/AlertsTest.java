package dev.offstage.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.testing.Program;

/** Has Prometheus' own tool read the alerts and the queries. */
class AlertsTest {

    private static final Path CASES = Path.of("src/test/prometheus/alerts-test.yaml");

    /** JSON is YAML, too. */
    private final ObjectMapper json = new ObjectMapper();

    @TempDir
    private Path directory;

    @BeforeAll
    static void prometheusIsInstalled() {
        assumeTrue(Program.areInstalled("promtool"),
                "No promtool here: install Prometheus, which is Debian's package prometheus.");
    }

    @Test
    void eachAlertIsRaisedByWhatShouldRaiseItAndByNothingElse() throws Exception {
        JsonNode alerts = Overlay.read(Path.of("k8s/production/alerts.yaml")).path("spec");
        json.writeValue(directory.resolve("alerts.yaml").toFile(), alerts);
        Path cases = Files.copy(CASES, directory.resolve(CASES.getFileName()));

        Program.output("promtool", "test", "rules", cases.toString());

        assertThat(alerts.findValuesAsText("alert")).hasSizeGreaterThan(5)
                .allSatisfy(alert -> assertThat(cases).content().contains("alertname: " + alert + "\n"));
    }

    /** What is scaled by is the backlog divided by what is got done. */
    @Test
    void theExpectedWaitIsWhatItShouldBe() throws Exception {
        List<String> queries = Overlay.readAll(Path.of("k8s/production/scaling.yaml"))
                .stream()
                .flatMap(object -> object.findValuesAsText("query").stream())
                .toList();
        assertThat(queries).hasSizeGreaterThan(1);
        Program.output("promtool", "check", "rules", rules(queries));

        String ofPictures = queries.stream()
                .filter(query -> query.contains("type=\"avatar-resize\""))
                .findFirst()
                .orElseThrow();
        json.writeValue(directory.resolve("scaling.yaml").toFile(), Map.of("groups", List.of(Map.of("name", "scaling",
                "rules", List.of(Map.of("record", "expected_wait", "expr", ofPictures))))));
        Path cases = Files.copy(Path.of("src/test/prometheus/scaling-test.yaml"),
                directory.resolve("scaling-test.yaml"));
        Program.output("promtool", "test", "rules", cases.toString());
    }

    @Test
    void everyQueryOfTheDashboardCanBeRead() throws Exception {
        List<String> queries = Overlay.read(Path.of("k8s/production/dashboards/offstage.json"))
                .findValuesAsText("expr")
                .stream()
                .map(query -> query.replace("$__rate_interval", "5m"))
                .toList();
        assertThat(queries).hasSizeGreaterThan(12);

        Program.output("promtool", "check", "rules", rules(queries));
    }

    private String rules(List<String> queries) throws IOException {
        List<Map<String, String>> rules = queries.stream()
                .map(query -> Map.of("record", "dashboard:query" + queries.indexOf(query), "expr", query))
                .toList();
        Path file = directory.resolve("dashboard.yaml");
        json.writeValue(file.toFile(), Map.of("groups", List.of(Map.of("name", "dashboard", "rules", rules))));
        return file.toString();
    }
}
