package dev.offstage.config;

import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;

import dev.offstage.config.Bounds.Replication;

/** {@code offstage.topics}: the Kafka topics that Offstage creates. */
public interface TopicSettings {

    /** The replication factor of each topic: on how many brokers it is kept. */
    @WithConverter(Replication.class)
    @WithDefault("1")
    int replication();
}
