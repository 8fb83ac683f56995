package dev.offstage.task.notify;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonValue;

/** A way to tell a user something. */
public enum ChannelKind {

    /** To the address that the user signed up with. */
    MAIL,
    /** To an incoming web hook of Slack, or of anything that takes the same JSON. */
    SLACK;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** As in PostgreSQL and JSON. */
    @JsonValue
    public String label() {
        return label;
    }

    public static Optional<ChannelKind> of(String label) {
        return Stream.of(values()).filter(kind -> kind.label.equals(label)).findFirst();
    }

    /** All of them, for a person. */
    public static String labels() {
        return Stream.of(values()).map(ChannelKind::label).collect(Collectors.joining(", "));
    }
}
