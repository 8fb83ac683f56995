package dev.offstage.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

/** The images of others: named by tag, for people, and by digest, so that the same one is pulled everywhere and always. */
class BaseImagesTest {

    private static final Pattern IMAGE = Pattern
            .compile("(?m)^\\s*(?:FROM|image:|quarkus\\.jib\\.base-jvm-image=)\\s*(\\S+)");
    private static final Pattern PINNED = Pattern.compile("([^:@]+):([^@]+)@(sha256:[0-9a-f]{64})");
    /** Ours, which the overlays put a tag to. */
    private static final String OURS = "offstage";

    @Test
    void eachIsPinned() throws IOException {
        assertThat(images()).hasSizeGreaterThan(8).allMatch(image -> PINNED.matcher(image).matches());
    }

    @Test
    void thereIsOneOfEachName() throws IOException {
        Map<String, String> byName = new HashMap<>();
        for (String image : images()) {
            String name = image.replaceFirst(":.*", "");
            assertThat(byName.merge(name, image, (first, second) -> first)).isEqualTo(image);
        }
    }

    private static List<String> images() throws IOException {
        List<Path> files = new ArrayList<>(
                List.of(Path.of("src/container/resources/META-INF/microprofile-config.properties")));
        for (String folder : List.of("src/main/docker", "k8s/demo")) {
            try (Stream<Path> all = Files.list(Path.of(folder))) {
                all.filter(file -> !file.toString().endsWith(".md")).forEach(files::add);
            }
        }
        List<String> images = new ArrayList<>();
        for (Path file : files) {
            IMAGE.matcher(Files.readString(file))
                    .results()
                    .map((MatchResult found) -> found.group(1))
                    .filter(image -> !image.equals(OURS))
                    .forEach(images::add);
        }
        return images;
    }
}
