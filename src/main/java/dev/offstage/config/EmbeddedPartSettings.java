package dev.offstage.config;

import io.smallrye.config.WithDefault;

/**
 * {@code offstage.embedded}: the local Kafka, PostgreSQL, mail server and collector. They read their settings before Quarkus
 * starts. The settings are listed here so that they are known, and a misspelt one is refused.
 */
public interface EmbeddedPartSettings {

    /** The directory of their data. */
    @WithDefault(".offstage")
    String dataDir();

    /** The port of Kafka. */
    @WithDefault("9092")
    int kafkaPort();

    /** The port of PostgreSQL. */
    @WithDefault("5432")
    int postgresPort();

    /** The port of the mail server. */
    @WithDefault("1025")
    int smtpPort();

    /** The port of the page that shows the mail that arrived. */
    @WithDefault("8025")
    int mailboxPort();

    /** The port of the collector, and of the page that shows the analytics events that arrived. */
    @WithDefault("8026")
    int collectorPort();
}
