package dev.offstage.console;

import jakarta.inject.Singleton;

import io.quarkus.runtime.Startup;
import io.quarkus.runtime.configuration.ConfigurationException;

import dev.offstage.config.OffstageConfig;

/** Keeps a service from starting that anybody could operate. */
@Singleton
@Startup
class OperatorAccess {

    /** @throws ConfigurationException if the operator has no password */
    OperatorAccess(OffstageConfig config) {
        if (config.operator().password().filter(password -> !password.isBlank()).isEmpty()) {
            throw new ConfigurationException("The operator has no password: set offstage.operator.password (or the "
                    + "environment variable OFFSTAGE_OPERATOR_PASSWORD).");
        }
    }
}
