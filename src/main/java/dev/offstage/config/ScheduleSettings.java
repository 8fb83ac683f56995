package dev.offstage.config;

import io.smallrye.config.WithDefault;

/** {@code offstage.schedules.<name>}: a schedule that exists from the start. What an operator changed or deleted stays as it is. */
public interface ScheduleSettings {

    /** When it enqueues a job: five fields as in crontab(5), or a name such as {@code @daily}. Required. */
    String cron();

    /** The time zone of the cron expression, such as {@code Europe/Berlin}. */
    @WithDefault("UTC")
    String zone();

    /** The type of the jobs that it enqueues. Required. */
    String type();

    /** The payload of the jobs that it enqueues, in JSON. */
    @WithDefault("{}")
    String payload();

    /** Whether it enqueues jobs at all. */
    @WithDefault("true")
    boolean enabled();
}
