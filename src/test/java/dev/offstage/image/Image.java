package dev.offstage.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPInputStream;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * A container image as it lies in a directory, after the <a href="https://github.com/opencontainers/image-spec">OCI image
 * layout</a>.
 *
 * @param configuration
 *            how it is started, and for which architecture
 * @param layers
 *            archives, the lowest first
 */
record Image(JsonNode configuration, List<Path> layers) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Those of a layout: one per architecture. */
    static List<Image> in(Path layout) throws IOException {
        return images(layout, layout.resolve("index.json"));
    }

    private static List<Image> images(Path layout, Path document) throws IOException {
        JsonNode content = JSON.readTree(document.toFile());
        if (content.has("layers")) {
            return List.of(new Image(JSON.readTree(blob(layout, content.path("config")).toFile()),
                    items(content.path("layers")).map(layer -> blob(layout, layer)).toList()));
        }
        List<Image> images = new ArrayList<>();
        for (JsonNode manifest : content.path("manifests")) {
            images.addAll(images(layout, blob(layout, manifest)));
        }
        return images;
    }

    private static Path blob(Path layout, JsonNode descriptor) {
        return layout.resolve("blobs").resolve(descriptor.path("digest").asText().replace(':', '/'));
    }

    String architecture() {
        return configuration.path("os").asText() + "/" + configuration.path("architecture").asText();
    }

    JsonNode setting(String name) {
        return configuration.path("config").path(name);
    }

    List<String> settings(String name) {
        return items(setting(name)).map(JsonNode::asText).toList();
    }

    /** Files and directories of all layers but the first, which is the base image's. */
    List<TarArchiveEntry> entries() throws IOException {
        return read((archive, entry) -> Optional.of(entry));
    }

    /** What a file holds that is in one of those layers. */
    byte[] content(String file) throws IOException {
        return read((archive, entry) -> entry.getName().equals(file)
                ? Optional.of(archive.readAllBytes())
                : Optional.<byte[]>empty()).get(0);
    }

    private interface Reading<T> {

        Optional<T> read(TarArchiveInputStream archive, TarArchiveEntry entry) throws IOException;
    }

    private <T> List<T> read(Reading<T> reading) throws IOException {
        List<T> all = new ArrayList<>();
        for (Path layer : layers.subList(1, layers.size())) {
            try (TarArchiveInputStream archive = new TarArchiveInputStream(
                    new GZIPInputStream(Files.newInputStream(layer)))) {
                for (TarArchiveEntry entry = archive.getNextEntry(); entry != null; entry = archive.getNextEntry()) {
                    reading.read(archive, entry).ifPresent(all::add);
                }
            }
        }
        return all;
    }

    private static Stream<JsonNode> items(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
