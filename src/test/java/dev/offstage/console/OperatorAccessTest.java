package dev.offstage.console;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import io.quarkus.runtime.configuration.ConfigurationException;

import dev.offstage.testing.TestSettings;

class OperatorAccessTest {

    private static final Map<String, String> WITH_PASSWORD = Map.of("offstage.operator.password", "secret");

    @Test
    void aServiceWithoutAPasswordDoesNotStart() {
        assertThatThrownBy(() -> new OperatorAccess(TestSettings.read(Map.of()), false, Optional.empty()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("set offstage.operator.password")
                .hasNoCause();
    }

    @Test
    void oneWithAPasswordDoes() {
        assertThatCode(
                () -> new OperatorAccess(TestSettings.read(WITH_PASSWORD), true, Optional.of(List.of("10.0.0.1"))))
                .doesNotThrowAnyException();
    }

    @Test
    void oneThatTrustsEveryProxyDoesNot() {
        assertThatThrownBy(() -> new OperatorAccess(TestSettings.read(WITH_PASSWORD), true, Optional.empty()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("trusted-proxies");
    }
}
