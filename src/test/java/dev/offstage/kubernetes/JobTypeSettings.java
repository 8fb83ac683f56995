package dev.offstage.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What application.properties says of job types. */
final class JobTypeSettings {

    private static final int USUAL_PARTITIONS = 12;
    private static final Pattern SETTING = Pattern.compile("offstage\\.jobs\\.([a-z-]+)\\..*");

    private JobTypeSettings() {
    }

    /** By job type. */
    static Map<String, Integer> partitions() {
        Properties settings = new Properties();
        try (var file = Files.newBufferedReader(Path.of("src/main/resources/application.properties"))) {
            settings.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, Integer> partitions = new TreeMap<>();
        for (String setting : settings.stringPropertyNames()) {
            Matcher type = SETTING.matcher(setting);
            if (type.matches()) {
                partitions.put(type.group(1), Integer.parseInt(settings.getProperty(
                        "offstage.jobs." + type.group(1) + ".partitions", Integer.toString(USUAL_PARTITIONS))));
            }
        }
        return partitions;
    }
}
