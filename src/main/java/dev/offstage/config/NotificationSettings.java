package dev.offstage.config;

import java.time.Duration;

import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;

import dev.offstage.config.Bounds.PositiveDuration;

/** {@code offstage.notifications}: messages to users. */
public interface NotificationSettings {

    /** How long the first notification to a user waits for others that become one message with it, as a duration. */
    @WithConverter(PositiveDuration.class)
    @WithDefault("1m")
    Duration digest();
}
