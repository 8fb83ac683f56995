package dev.offstage.queue;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

import io.opentelemetry.context.Context;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.storage.Dependencies;

/** What the parts of the engine stand on, without Kafka. */
public final class PartsByHand {

    private static final String CONTEXT_STORAGE = "io.opentelemetry.context.contextStorageProvider";

    private PartsByHand() {
    }

    /** Kafka's own stand-in; it acknowledges each record at once. */
    public static MockProducer<byte[], byte[]> producer() {
        return new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    public static RecordFormat format() {
        return new RecordFormat(new ObjectMapper());
    }

    /** Spans that nobody looks at. Their context is kept as outside Quarkus, whose own needs a Vert.x. */
    public static JobSpans spans() {
        System.setProperty(CONTEXT_STORAGE, "default");
        try {
            Context.current(); // chooses, for this class loader and for good
        } finally {
            System.clearProperty(CONTEXT_STORAGE);
        }
        return new JobSpans(null, true);
    }

    /** @param isDone of which types the lanes are done with all that is old */
    public static ConsumerLag lag(Predicate<String> isDone) {
        return new ConsumerLag(null, null, new Dependencies("none"), null) {
            @Override
            public boolean isDoneWithAllBefore(String type, Instant instant) {
                return isDone.test(type);
            }

            @Override
            public Set<Map.Entry<TopicPartition, Long>> firstOffsetsBeyondCommitted(String type) {
                return Set.of();
            }
        };
    }
}
