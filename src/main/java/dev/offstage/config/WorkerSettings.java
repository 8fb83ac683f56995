package dev.offstage.config;

import java.time.Duration;

import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;

import dev.offstage.config.Bounds.Positive;
import dev.offstage.config.Bounds.PositiveDuration;

/** {@code offstage.worker}: a process that runs jobs. */
public interface WorkerSettings {

    /** How long a worker may show no sign of life, as a duration. After that it counts as dead, and its jobs run elsewhere. */
    @WithConverter(PositiveDuration.class)
    @WithDefault("4s")
    Duration expiry();

    /** How long running jobs may go on after a stop was asked for, as a duration; the rest are given back. */
    @WithConverter(PositiveDuration.class)
    @WithDefault("10s")
    Duration grace();

    /** How many handlers may go on after their timeout although they were interrupted, before this process reports itself not live. */
    @WithConverter(Positive.class)
    @WithDefault("500")
    int maxStuckAttempts();

    /** How many workers may die while they run a job. Then the job is dead, since it may be what ends them. */
    @WithConverter(Positive.class)
    @WithDefault("3")
    int maxLost();
}
