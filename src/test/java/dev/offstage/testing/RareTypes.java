package dev.offstage.testing;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Job types of which a test has few jobs or none. Their topics need not cost it the start of dozens of partitions. */
public final class RareTypes {

    private static final List<String> TYPES = List.of("cleanup", "cohorts", "mail", "notify", "notify-digest",
            "notify-slack",
            "report", "webhook");

    private RareTypes() {
    }

    /** Settings that give them one partition a topic, and that keep them from coming by themselves in the middle of a test. */
    public static Map<String, String> settings() {
        Map<String, String> settings = TYPES.stream()
                .collect(Collectors.toMap(type -> "offstage.jobs." + type + ".partitions", type -> "1"));
        settings.put("offstage.schedules.cleanup.enabled", "false");
        settings.put("offstage.schedules.report.enabled", "false");
        return settings;
    }
}
