package dev.offstage.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;

import dev.offstage.config.Bounds.InMemory;
import dev.offstage.config.Bounds.NotNegative;
import dev.offstage.config.Bounds.Positive;
import dev.offstage.config.Bounds.PositiveDuration;

/** {@code offstage.jobs.<type>}: how jobs of one type run. */
public interface JobSettings {

    /** How many jobs of this type run at once in one worker. */
    @WithConverter(InMemory.class)
    @WithDefault("16")
    int concurrency();

    /**
     * How many records may wait in one worker for a place to run, so that no place stays empty and partitions can take turns. The
     * Kafka connector may hold one and a half times as many besides.
     */
    @WithConverter(InMemory.class)
    @WithDefault("500")
    int prefetch();

    /** How long an attempt may take, as a duration. One that takes longer is interrupted and counts as failed. */
    @WithConverter(PositiveDuration.class)
    @WithDefault("30s")
    Duration timeout();

    /** The number of partitions of each of the type's topics, when they are created. */
    @WithConverter(Positive.class)
    @WithDefault("12")
    int partitions();

    /** What the handler runs on: {@code virtual} threads, or {@code platform} threads for a handler that computes more than it waits. */
    @WithDefault("virtual")
    HandlerThreads threads();

    /** How many attempts may start in a time across all workers, such as {@code 100/s}; no limit by default. */
    Optional<@WithConverter(Bounds.Rate.class) RateLimit> rateLimit();

    /** How failed jobs of this type are tried again. */
    Retry retry();

    /** {@code offstage.jobs.<type>.retry}. */
    interface Retry {

        /** How often a failed job is tried again at once, before the first retry delay. */
        @WithConverter(NotNegative.class)
        @WithDefault("0")
        int immediate();

        /** The retry delays of this type, as durations; {@link RetrySettings#delays()} by default. */
        Optional<List<Duration>> delays();
    }
}
