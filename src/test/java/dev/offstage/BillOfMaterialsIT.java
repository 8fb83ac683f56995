package dev.offstage;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** The bill of materials that the build writes in the format of CycloneDX, and the licences of what it lists. */
class BillOfMaterialsIT {

    private static final Path PACKAGE = Path.of("target/quarkus-app");
    private static final Path LICENCES = Path.of("docs/licences.md");
    private static final Path NEW_LICENCES = Path.of("target/licences.md");
    private static final String HEADING = "| dependency | version | licence |\n|---|---|---|\n";

    /** SPDX identifiers of licences that the dependencies' own descriptions name in other words, or too vaguely. */
    private static final Map<String, String> IDENTIFIERS = Map.of(
            "FreeBSD", "BSD-2-Clause",
            "Go License", "BSD-3-Clause",
            "GNU Lesser General Public License (LGPL), Version 2.1", "LGPL-2.1-or-later",
            "Mozilla Public License Version 2.0", "MPL-2.0",
            "GNU Lesser General Public License", "LGPL-3.0-or-later",
            "Public Domain", "CC0-1.0");
    /** TwelveMonkeys calls its licence of three clauses "The BSD License", which the bill of materials takes for another. */
    private static final Map<String, String> CORRECTED = Map.of("com.twelvemonkeys", "BSD-3-Clause");

    private final JsonNode bill;

    BillOfMaterialsIT() throws IOException {
        bill = new ObjectMapper().readTree(Path.of("target/quarkus-run-cyclonedx.json").toFile());
    }

    @Test
    void namesOffstageAndEveryJar() throws IOException {
        assertThat(bill.path("bomFormat").asText()).isEqualTo("CycloneDX");
        assertThat(shipped()).anyMatch(BillOfMaterialsIT::isOurs);

        Set<String> listed = shipped().map(BillOfMaterialsIT::location).collect(Collectors.toSet());
        try (Stream<Path> files = Files.walk(PACKAGE.resolve("lib"))) {
            List<String> jars = files.filter(Files::isRegularFile)
                    .map(jar -> PACKAGE.relativize(jar).toString().replace('\\', '/'))
                    .toList();
            assertThat(jars).hasSizeGreaterThan(100).isSubsetOf(listed);
        }
    }

    @Test
    void everyLicenceIsWrittenDown() throws IOException {
        String written = Files.readString(LICENCES);
        String introduction = written.substring(0, written.indexOf(HEADING));
        String table = shipped().filter(part -> part.path("purl").asText().startsWith("pkg:maven/"))
                .filter(part -> !isOurs(part))
                .map(BillOfMaterialsIT::line)
                .collect(Collectors.toCollection(TreeSet::new))
                .stream()
                .collect(joining());
        Files.writeString(NEW_LICENCES, introduction + HEADING + table);

        assertThat(LICENCES)
                .as("%s must have a line for each dependency that is shipped, and no others. Read the licences of what"
                        + " is new, and when all of it may be shipped: cp %s %s", LICENCES, NEW_LICENCES, LICENCES)
                .hasSameTextualContentAs(NEW_LICENCES);
    }

    private Stream<JsonNode> shipped() {
        return StreamSupport.stream(bill.path("components").spliterator(), false)
                .filter(component -> !location(component).isEmpty());
    }

    private static boolean isOurs(JsonNode component) {
        return component.path("group").asText().equals("dev.offstage")
                && component.path("name").asText().equals("offstage");
    }

    private static String location(JsonNode component) {
        return component.path("evidence").path("occurrences").path(0).path("location").asText();
    }

    private static String line(JsonNode dependency) {
        String group = dependency.path("group").asText();
        String licences = CORRECTED.entrySet()
                .stream()
                .filter(entry -> group.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseGet(() -> licences(dependency));
        assertThat(licences)
                .as("The licence of %s:%s, which its POM does not name: look for it, and name it in this test", group,
                        dependency.path("name").asText())
                .isNotEmpty();
        return "| %s:%s | %s | %s |\n".formatted(group, dependency.path("name").asText(),
                dependency.path("version").asText(), licences);
    }

    private static String licences(JsonNode dependency) {
        return StreamSupport.stream(dependency.path("licenses").spliterator(), false)
                .map(choice -> choice.path("license"))
                .map(licence -> licence.path("id").asText(licence.path("name").asText()))
                .map(name -> IDENTIFIERS.getOrDefault(name, name))
                .collect(joining(" or "));
    }
}
