package dev.offstage.config;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import org.jboss.logging.Logger;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.config.ConfigMappings.ConfigClass;

/**
 * Says at the start what this process does, and which variables of its environment are no settings: a misspelt one would
 * go unnoticed, while a misspelt property is refused.
 */
@Singleton
class StartLog {

    private static final Logger LOG = Logger.getLogger(StartLog.class);
    private static final String OURS = "OFFSTAGE_";

    private final OffstageConfig config;

    StartLog(OffstageConfig config) {
        this.config = config;
    }

    void write(@Observes StartupEvent event) {
        LOG.infof("This process has the roles %s", config.roles()
                .stream()
                .sorted()
                .map(role -> role.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", ")));
        for (String variable : unknown(System.getenv().keySet())) {
            LOG.warnf(
                    "The variable %s is not a setting and has no effect: compare its name with the settings in the README",
                    variable);
        }
    }

    static List<String> unknown(Set<String> variables) {
        Predicate<String> known = Pattern
                .compile(ConfigClass.configClass(OffstageConfig.class)
                        .getProperties()
                        .keySet()
                        .stream()
                        .map(StartLog::variable)
                        .collect(Collectors.joining("|")))
                .asMatchPredicate();
        return variables.stream()
                .filter(variable -> variable.startsWith(OURS))
                .filter(known.negate())
                .sorted()
                .toList();
    }

    /** As MicroProfile Config names it; what stands for a star, such as a job type, can be anything. */
    private static String variable(String setting) {
        return setting.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9*]", "_").replace("*", ".+");
    }
}
