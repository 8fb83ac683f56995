package dev.offstage.config;

import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;

import dev.offstage.config.Bounds.Rows;

/** {@code offstage.statistics}: jobs of the type {@code cohorts}. */
public interface StatisticsSettings {

    /** How many rows such a job adds to its sums at a time, in one transaction. */
    @WithConverter(Rows.class)
    @WithDefault("10000")
    int chunk();
}
