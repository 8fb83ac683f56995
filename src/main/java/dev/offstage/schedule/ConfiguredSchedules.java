package dev.offstage.schedule;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

import jakarta.inject.Singleton;

import io.quarkus.runtime.Startup;
import io.quarkus.runtime.configuration.ConfigurationException;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.config.OffstageConfig;

/** The schedules of the settings. */
@Singleton
@Startup
class ConfiguredSchedules {

    private final Map<String, Definition> byName = new TreeMap<>();

    /** @throws ConfigurationException if one of them cannot fire; the message says which setting to change */
    ConfiguredSchedules(OffstageConfig config, Definitions definitions, ObjectMapper json) {
        config.schedules().forEach((name, settings) -> {
            try {
                byName.put(name, definitions.read(name, settings.cron(), settings.zone(), settings.type(),
                        payload(json, settings.payload()), settings.enabled()));
            } catch (InvalidSchedule e) {
                throw new ConfigurationException(
                        "offstage.schedules.%s.%s cannot be used. %s".formatted(name, e.field(), e.getMessage()));
            }
        });
    }

    private static JsonNode payload(ObjectMapper json, String written) {
        try {
            return json.readTree(written);
        } catch (JsonProcessingException e) {
            throw new InvalidSchedule("payload", "Write a JSON object, such as {}. " + e.getOriginalMessage());
        }
    }

    Map<String, Definition> byName() {
        return Collections.unmodifiableMap(byName);
    }
}
