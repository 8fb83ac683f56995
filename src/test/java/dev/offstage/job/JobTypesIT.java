package dev.offstage.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;

import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;

import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.TestSettings;

/** The handlers of the tests with other settings. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class JobTypesIT {

    @Inject
    @Any
    Instance<JobHandler<?>> handlers;

    @Test
    void eachHandlerHasItsSettings() {
        assertThat(new JobTypes(handlers, TestSettings.read(settings())).all()).extracting(JobTypes.Entry::name)
                .contains("scripted", "welcome-email")
                .isSorted();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            offstage.jobs.nobody.concurrency            | 1           | There are settings under offstage.jobs for nobody but no handler
            offstage.retry.delays                       | 4s,1s       | offstage.retry.delays must be positive and each longer than the one before.
            offstage.jobs.welcome-email.retry.delays    | 4s,1s       | offstage.jobs.welcome-email.retry.delays must be positive and each longer than the one before.
            offstage.lanes                       | mail,nobody | offstage.lanes names nobody, and there is no such job type
            offstage.lanes                       | -nobody     | offstage.lanes names nobody, and there is no such job type
            """)
    void whatCannotBeMeantIsNamed(String setting, String value, String sentence) {
        Map<String, String> settings = settings();
        settings.put(setting, value);

        assertThatThrownBy(() -> new JobTypes(handlers, TestSettings.read(settings)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(sentence);
    }

    @Test
    void aHandlerWithoutSettingsIsNamed() {
        Map<String, String> settings = settings();
        settings.keySet().removeIf(setting -> setting.startsWith("offstage.jobs.scripted."));

        assertThatThrownBy(() -> new JobTypes(handlers, TestSettings.read(settings)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("add at least offstage.jobs.scripted.concurrency");
    }

    /** Those of the service that runs here. */
    private static Map<String, String> settings() {
        Config config = ConfigProvider.getConfig();
        Map<String, String> settings = new HashMap<>();
        for (String name : config.getPropertyNames()) {
            if (name.startsWith("offstage.")) {
                config.getOptionalValue(name, String.class).ifPresent(value -> settings.put(name, value));
            }
        }
        return settings;
    }
}
