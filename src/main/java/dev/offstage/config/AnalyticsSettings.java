package dev.offstage.config;

import java.time.Duration;
import java.util.Optional;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;

import dev.offstage.config.Bounds.Positive;
import dev.offstage.config.Bounds.PositiveDuration;

/** {@code offstage.analytics}: the Segment-compatible collector of analytics events. */
public interface AnalyticsSettings {

    /** The collector's address: events go to {@code <url>/v1/batch}. The embedded collector by default. */
    Optional<String> url();

    /** How long one call to the collector may take, as a duration. */
    @WithConverter(PositiveDuration.class)
    @WithDefault("5s")
    Duration timeout();

    /** How many events one call carries at most; no more than jobs of the type run at once. */
    @WithConverter(Positive.class)
    @WithDefault("100")
    int batchSize();

    /** How many bytes the body of one call may have; Segment takes 500 KB. */
    @WithDefault("500000")
    MemorySize batchBytes();

    /** How many bytes one event may have; Segment takes 32 KB. */
    @WithDefault("32000")
    MemorySize eventBytes();

    /** How long an event waits for others to share its call, as a duration. */
    @WithConverter(PositiveDuration.class)
    @WithDefault("200ms")
    Duration batchLinger();
}
