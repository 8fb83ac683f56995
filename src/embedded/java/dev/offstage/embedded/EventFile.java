package dev.offstage.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** A file with one JSON object a line, whose newest lines are at hand. */
final class EventFile {

    private static final Logger LOG = Logger.getLogger(EventFile.class.getName());
    private static final int AT_HAND = 1_000;

    private final Path file;
    private final ObjectMapper json;
    private final Deque<JsonNode> newest = new ArrayDeque<>();

    EventFile(Path file, ObjectMapper json) throws IOException {
        this.file = file;
        this.json = json;
        Files.createDirectories(file.getParent());
        if (Files.exists(file)) {
            readTail();
        }
    }

    private void readTail() throws IOException {
        Deque<String> tail = new ArrayDeque<>();
        try (var lines = Files.lines(file)) {
            lines.forEach(line -> keepNewest(tail, line));
        }
        tail.forEach(this::remember);
        // A process that was killed while it wrote leaves half a line: what follows must not be glued to it.
        Files.writeString(file, "\n", StandardOpenOption.APPEND);
    }

    private void remember(String line) {
        try {
            JsonNode event = json.readTree(line);
            if (event.isObject()) {
                keepNewest(newest, event);
            }
        } catch (JsonProcessingException e) {
            LOG.log(Level.FINE, "Half a line; its event was never acknowledged, so it is sent again.", e);
        }
    }

    synchronized void append(JsonNode event) throws IOException {
        Files.writeString(file, event + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        keepNewest(newest, event);
    }

    /** Newest first. */
    synchronized List<JsonNode> newest() {
        List<JsonNode> events = new ArrayList<>(newest);
        Collections.reverse(events);
        return events;
    }

    private static <T> void keepNewest(Deque<T> kept, T added) {
        kept.addLast(added);
        if (kept.size() > AT_HAND) {
            kept.removeFirst();
        }
    }
}
