package dev.offstage.config;

import java.time.Duration;
import java.util.List;

import io.smallrye.config.WithDefault;

/** {@code offstage.retry}: how failed jobs are tried again, where their type has no settings of its own for it. */
public interface RetrySettings {

    /**
     * The delay before attempt 2, 3, …, as durations such as {@code 16s}. Each delay of up to ten minutes has a retry topic for
     * each type; jobs with a longer one wait in PostgreSQL.
     */
    @WithDefault("1s,4s,16s,64s")
    List<Duration> delays();
}
