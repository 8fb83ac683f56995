package dev.offstage.config;

import java.util.Map;

import io.smallrye.config.SmallRyeConfigBuilder;

/** Reads settings without starting a service. */
public final class ConfigByHand {

    private ConfigByHand() {
    }

    /** The defaults, but for these settings. */
    public static OffstageConfig with(Map<String, String> settings) {
        return new SmallRyeConfigBuilder().addDefaultInterceptors()
                .addDiscoveredConverters()
                .withMapping(OffstageConfig.class)
                .withDefaultValues(settings)
                .build()
                .getConfigMapping(OffstageConfig.class);
    }
}
