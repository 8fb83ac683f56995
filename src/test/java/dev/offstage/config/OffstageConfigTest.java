package dev.offstage.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.smallrye.config.ConfigValidationException;

import dev.offstage.testing.TestSettings;

class OffstageConfigTest {

    @Test
    void theDefaultsCanBeMeant() {
        assertThat(TestSettings.read(Map.of()).statistics().chunk()).isEqualTo(10_000);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            offstage.jobs.mail.concurrency  | 0       | must be a whole number from 1 to 10000
            offstage.jobs.mail.concurrency  | 10001   | must be a whole number from 1 to 10000
            offstage.jobs.mail.prefetch     | 0       | must be a whole number from 1 to 10000
            offstage.topics.replication     | 32768   | must be a whole number from 1 to 32767
            offstage.statistics.chunk       | 1000000 | must be a whole number from 1 to 100000
            offstage.api.max-requests       | abc     | must be a whole number from 1 to 2147483647
            offstage.api.max-requests       | 1.5     | must be a whole number from 1 to 2147483647
            offstage.worker.grace           | ' '     | must be longer than 0
            offstage.worker.grace           | 0s      | must be longer than 0
            offstage.roles                  | ''      | offstage.roles is defined as the empty String
            offstage.retry.delays           | ''      | offstage.retry.delays is defined as the empty String
            """)
    void whatCannotBeMeantIsNamed(String setting, String value, String sentence) {
        assertThatThrownBy(() -> TestSettings.read(Map.of(setting, value)))
                .isInstanceOf(ConfigValidationException.class)
                .hasMessageContaining(setting)
                .hasMessageContaining(sentence);
    }
}
