package dev.offstage.console;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;

import org.junit.jupiter.api.Test;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;

import dev.offstage.config.OffstageConfig;

class OperatorAccessTest {

    @Test
    void aServiceWithoutAPasswordDoesNotStart() {
        assertThatThrownBy(() -> new OperatorAccess(config(Map.of())))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("set offstage.operator.password")
                .hasNoCause();
    }

    @Test
    void oneWithAPasswordDoes() {
        assertThatCode(() -> new OperatorAccess(config(Map.of("offstage.operator.password", "secret"))))
                .doesNotThrowAnyException();
    }

    private static OffstageConfig config(Map<String, String> settings) {
        return new SmallRyeConfigBuilder().addDiscoveredConverters()
                .withMapping(OffstageConfig.class)
                .withSources(new PropertiesConfigSource(settings, "test", 100))
                .build()
                .getConfigMapping(OffstageConfig.class);
    }
}
