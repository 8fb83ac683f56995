package dev.offstage.config;

import java.util.Map;

import io.smallrye.config.SmallRyeConfigBuilder;

/** Settings without a service that has them. */
public final class ConfigByHand {

    private ConfigByHand() {
    }

    /** Those that are delivered, but for these. */
    public static OffstageConfig with(Map<String, String> settings) {
        return new SmallRyeConfigBuilder().addDefaultInterceptors()
                .addDiscoveredConverters()
                .withMapping(OffstageConfig.class)
                .withDefaultValues(settings)
                .build()
                .getConfigMapping(OffstageConfig.class);
    }
}
