package dev.offstage.config;

import java.util.Optional;

import jakarta.inject.Singleton;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.flywaydb.core.api.configuration.FluentConfiguration;

import io.quarkus.flyway.FlywayConfigurationCustomizer;

/**
 * Gives the migrations a connection of their own: they may take longer than the pool lets any other statement take. Processes
 * that start together wait for the one that migrates, however long it takes.
 */
@Singleton
class Migrations implements FlywayConfigurationCustomizer {

    private static final int WITHOUT_END = -1;

    private final String url;
    private final String user;
    private final String password;

    Migrations(@ConfigProperty(name = "quarkus.datasource.jdbc.url") String url,
            @ConfigProperty(name = "quarkus.datasource.username") Optional<String> user,
            @ConfigProperty(name = "quarkus.datasource.password") Optional<String> password) {
        this.url = url;
        this.user = user.orElse("");
        this.password = password.orElse("");
    }

    @Override
    public void customize(FluentConfiguration configuration) {
        configuration.dataSource(url, user, password).lockRetryCount(WITHOUT_END);
    }
}
