package dev.offstage.console;

import java.util.List;
import java.util.Optional;

import jakarta.inject.Singleton;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import io.quarkus.runtime.Startup;
import io.quarkus.runtime.configuration.ConfigurationException;

import dev.offstage.config.OffstageConfig;

/** Keeps a service from starting that anybody could operate. */
@Singleton
@Startup
class OperatorAccess {

    /** @throws ConfigurationException if the operator has no password, or any caller may say from where it calls */
    OperatorAccess(OffstageConfig config,
            @ConfigProperty(name = "quarkus.http.proxy.proxy-address-forwarding", defaultValue = "false") boolean forwarding,
            @ConfigProperty(name = "quarkus.http.proxy.trusted-proxies") Optional<List<String>> proxies) {
        if (config.operator().password().filter(password -> !password.isBlank()).isEmpty()) {
            throw new ConfigurationException("The operator has no password: set offstage.operator.password (or the "
                    + "environment variable OFFSTAGE_OPERATOR_PASSWORD).");
        }
        if (forwarding && proxies.isEmpty()) {
            throw new ConfigurationException(
                    "quarkus.http.proxy.proxy-address-forwarding is set, but no proxy is named: any "
                            + "caller could pass for another. Set quarkus.http.proxy.trusted-proxies to the addresses of your proxies.");
        }
    }
}
