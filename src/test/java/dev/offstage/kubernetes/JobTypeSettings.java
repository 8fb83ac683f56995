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

/** What application.properties says, of job types above all. */
final class JobTypeSettings {

    private static final int USUAL_PARTITIONS = 12;
    private static final Pattern SETTING = Pattern.compile("offstage\\.jobs\\.([a-z-]+)\\..*");

    private JobTypeSettings() {
    }

    /** All of them, those too that are not of job types. */
    static Properties read() {
        Properties settings = new Properties();
        try (var file = Files.newBufferedReader(Path.of("src/main/resources/application.properties"))) {
            settings.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return settings;
    }

    /** By job type. */
    static Map<String, Integer> partitions() {
        Properties settings = read();
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
