package dev.offstage.testing;

import java.util.Map;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;

import dev.offstage.config.OffstageConfig;

/** What a service with other settings than those of the tests would read of them. */
public final class TestSettings {

    private static final int ORDINAL = 100;

    private TestSettings() {
    }

    /** The mapping of these settings and of the defaults for all others. */
    public static OffstageConfig read(Map<String, String> settings) {
        return new SmallRyeConfigBuilder().addDiscoveredConverters()
                .withMapping(OffstageConfig.class)
                .withSources(new PropertiesConfigSource(settings, "test", ORDINAL))
                .build()
                .getConfigMapping(OffstageConfig.class);
    }
}
