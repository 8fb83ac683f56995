package dev.offstage.config;

import java.time.Duration;

import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;

import dev.offstage.config.Bounds.Positive;
import dev.offstage.config.Bounds.PositiveDuration;

/** {@code offstage.relay}: how committed jobs get into Kafka. */
public interface RelaySettings {

    /** How many committed jobs may wait in memory for Kafka; those beyond it wait in PostgreSQL. */
    @WithConverter(Positive.class)
    @WithDefault("10000")
    int queue();

    /**
     * How often, as a duration, each process asks PostgreSQL whether there is anything to do: jobs that are due and not in Kafka,
     * cancellations, limits, schedules.
     */
    @WithConverter(PositiveDuration.class)
    @WithDefault("250ms")
    Duration sweepEvery();

    /** How long a committed job may take to Kafka before the sweep looks after it, as a duration. */
    @WithConverter(PositiveDuration.class)
    @WithDefault("5s")
    Duration sweepAfter();

    /** How long Kafka may have a job that its lane has read past without claiming it, as a duration; then it is published again. */
    @WithConverter(PositiveDuration.class)
    @WithDefault("30s")
    Duration forgottenAfter();
}
