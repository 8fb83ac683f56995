package dev.offstage.config;

import java.time.Duration;

import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;

import dev.offstage.config.Bounds.PositiveDuration;

/** {@code offstage.webhooks}: requests to addresses that callers named. */
public interface WebhookSettings {

    /** Whether web hooks, and channels of notifications, may lead to addresses that are not public. */
    @WithDefault("false")
    boolean allowPrivate();

    /** How long a request to one may take, as a duration; finding its address by DNS comes on top. */
    @WithConverter(PositiveDuration.class)
    @WithDefault("10s")
    Duration timeout();
}
