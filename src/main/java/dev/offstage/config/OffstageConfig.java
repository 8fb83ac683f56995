package dev.offstage.config;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;

/**
 * Everything that can be set under {@code offstage.}: one interface for each group of settings, in this package. Each says of its
 * settings what they mean and in which unit; a default is what {@code WithDefault} says, or is described where there is no such
 * annotation. Durations are written as {@code 250ms}, {@code 30s}, {@code 5m}, {@code 12h} or {@code 15d}. The README has a table of
 * all settings for operators.
 */
@ConfigMapping(prefix = "offstage")
public interface OffstageConfig {

    /** What this process does. */
    @WithDefault("api,relay,worker,scheduler")
    Set<Role> roles();

    default boolean has(Role role) {
        return roles().contains(role);
    }

    /** The job types of which this process runs jobs, where it is a worker; all by default. */
    Optional<@WithConverter(Bounds.Lanes.class) LaneSelection> lanes();

    /** Whether jobs of this type run here, where this process is a worker. */
    default boolean hasLane(String type) {
        return lanes().map(lanes -> lanes.has(type)).orElse(true);
    }

    /** Where people reach this service, without a slash at the end: links in mail begin with it. */
    @WithDefault("http://localhost:8080")
    String publicUrl();

    // The engine.

    RetrySettings retry();

    /** By job type. */
    Map<String, JobSettings> jobs();

    /** By the schedule's name. */
    Map<String, ScheduleSettings> schedules();

    RelaySettings relay();

    WorkerSettings worker();

    TopicSettings topics();

    CleanupSettings cleanup();

    ApiSettings api();

    OperatorSettings operator();

    EmbeddedPartSettings embedded();

    // What it does out of the box.

    SignupSettings signup();

    AvatarSettings avatar();

    MailSettings mail();

    AnalyticsSettings analytics();

    WebhookSettings webhooks();

    NotificationSettings notifications();

    StatisticsSettings statistics();

    ReportSettings report();
}
