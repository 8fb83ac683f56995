package dev.offstage.queue.lane;

import java.util.concurrent.Flow;

import jakarta.inject.Singleton;

import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.spi.Connector;

import io.smallrye.reactive.messaging.kafka.KafkaConnector;
import io.smallrye.reactive.messaging.kafka.impl.ReactiveKafkaConsumer;
import io.smallrye.reactive.messaging.providers.impl.ConnectorConfig;

/** Builds a lane's stream anew: the connector does not mend one that has failed. */
@Singleton
class LaneStreams {

    private final KafkaConnector connector;
    private final Config config;

    LaneStreams(@Connector(KafkaConnector.CONNECTOR_NAME) KafkaConnector connector, Config config) {
        this.connector = connector;
        this.config = config;
    }

    /** Closes what the lane had, which may take as long as Kafka lets it wait, and leaves its partitions to the new one. */
    Flow.Publisher<? extends Message<?>> anew(String type) {
        connector.getConsumers(type).forEach(consumer -> ((ReactiveKafkaConsumer<?, ?>) consumer).close());
        return connector.getPublisher(new Channel(config, type));
    }

    /** The settings of a channel, as the connector got them at the start. */
    private static final class Channel extends ConnectorConfig {

        Channel(Config all, String name) {
            super("mp.messaging.incoming.", all, name);
        }
    }
}
