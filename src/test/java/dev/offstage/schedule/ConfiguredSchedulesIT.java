package dev.offstage.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.ZoneId;
import java.util.HashMap;
import java.util.Map;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.TestSettings;

@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class ConfiguredSchedulesIT {

    private static final String PREFIX = "offstage.schedules.nightly.";

    @Inject
    Definitions definitions;

    @Inject
    ObjectMapper json;

    @Test
    void theSettingsNameCronAndTypeAndTheRestHasDefaults() {
        Definition nightly = read(Map.of()).byName().get("nightly");

        assertThat(nightly.cron()).isEqualTo(CronExpression.of("@daily"));
        assertThat(nightly.zone()).isEqualTo(ZoneId.of("UTC"));
        assertThat(nightly.type()).isEqualTo("cleanup");
        assertThat(nightly.payload()).isEqualTo(json.createObjectNode());
        assertThat(nightly.enabled()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            cron    | every day | offstage.schedules.nightly.cron cannot be used. Write five fields
            zone    | Berlin    | offstage.schedules.nightly.zone cannot be used. Write a time zone such as Europe/Berlin
            type    | nobody    | offstage.schedules.nightly.type cannot be used. There is no such job type; there are
            payload | []        | offstage.schedules.nightly.payload cannot be used. Write a JSON object
            payload | {         | offstage.schedules.nightly.payload cannot be used. Write a JSON object
            """)
    void whatCannotFireIsSaidWithItsSetting(String setting, String value, String sentence) {
        assertThatThrownBy(() -> read(Map.of(PREFIX + setting, value))).isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith(sentence)
                .hasNoCause();
    }

    @Test
    void aPayloadThatItsTypeCannotReadIsSaid() {
        assertThatThrownBy(
                () -> read(Map.of(PREFIX + "type", "scripted", PREFIX + "payload", "{\"failures\":\"many\"}")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("The payload does not fit the job type scripted");
    }

    private ConfiguredSchedules read(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(PREFIX + "cron", "@daily", PREFIX + "type", "cleanup"));
        settings.putAll(more);
        return new ConfiguredSchedules(TestSettings.read(settings), definitions, json);
    }
}
