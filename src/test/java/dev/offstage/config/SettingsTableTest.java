package dev.offstage.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;

import io.smallrye.config.ConfigMappings.ConfigClass;

/** The table of settings in the README says what can be set, and to what it is set where nobody sets it. */
class SettingsTableTest {

    private static final Pattern ROW = Pattern.compile("^\\| (`offstage\\.[^|]*) \\| ([^|]*) \\|.*$",
            Pattern.MULTILINE);
    private static final Pattern NAME = Pattern.compile("`([^`]+)`");

    @Test
    void itNamesAllSettingsAndNoOthers() throws IOException {
        assertThat(documented().keySet()).containsExactlyInAnyOrderElementsOf(mapped().keySet());
    }

    @Test
    void itSaysTheirDefaults() throws IOException {
        Map<String, String> documented = documented();

        mapped().forEach((setting, value) -> {
            if (value != null) {
                assertThat(documented.get(setting)).as(setting).contains("`" + value + "`");
            }
        });
    }

    /** By setting; null where it has no default, or one that is no fixed text. */
    private static Map<String, String> mapped() {
        Map<String, String> settings = new TreeMap<>();
        ConfigClass.configClass(OffstageConfig.class)
                .getProperties()
                .forEach(settings::put);
        settings.keySet().removeIf(name -> name.endsWith("[*]")); // the elements of lists, which are named without it, too
        return settings;
    }

    /** A row is of one setting, or of several that begin alike, with one default for all or with one for each. */
    private static Map<String, String> documented() throws IOException {
        Map<String, String> settings = new TreeMap<>();
        ROW.matcher(Files.readString(Path.of("README.md"))).results().forEach(row -> {
            List<String> names = NAME.matcher(row.group(1)).results().map(name -> name.group(1)).toList();
            List<String> defaults = Arrays.asList(row.group(2).split(", "));
            String prefix = names.get(0).substring(0, names.get(0).lastIndexOf('.') + 1);
            for (int i = 0; i < names.size(); i++) {
                settings.put((i == 0 ? names.get(i) : prefix + names.get(i)).replaceAll("<[a-z]+>", "*"),
                        defaults.size() == names.size() ? defaults.get(i) : row.group(2));
            }
        });
        return settings;
    }
}
