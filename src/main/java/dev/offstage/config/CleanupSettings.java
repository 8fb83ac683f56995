package dev.offstage.config;

import java.time.Duration;

import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;

import dev.offstage.config.Bounds.PositiveDuration;

/** {@code offstage.cleanup}: how long jobs of the type {@code cleanup} keep what has ended, as durations such as {@code 15d}. */
public interface CleanupSettings {

    /** How long a completed job is kept. Longer than Kafka keeps records, so that no record in it asks for a job that is gone. */
    @WithConverter(PositiveDuration.class)
    @WithDefault("15d")
    Duration completedAfter();

    /** How long a cancelled job is kept; longer than Kafka keeps records, for the same reason. */
    @WithConverter(PositiveDuration.class)
    @WithDefault("15d")
    Duration cancelledAfter();

    /** How long a dead letter is kept. */
    @WithConverter(PositiveDuration.class)
    @WithDefault("90d")
    Duration deadAfter();

    /** How long the record of what operators did is kept. */
    @WithConverter(PositiveDuration.class)
    @WithDefault("365d")
    Duration auditAfter();
}
