package dev.offstage.queue.ladder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import jakarta.inject.Inject;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.background.ManualTimer;
import dev.offstage.queue.Publisher;
import dev.offstage.queue.Topics;
import dev.offstage.storage.Dependencies;
import dev.offstage.testing.OffstageResource;

/** The ladder's thread, step by step, with Kafka's own stand-ins for its clients. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class LadderTest {

    private static final TopicPartition RUNG = new TopicPartition("scripted.retry-100ms", 0);

    private final List<MockConsumer<byte[], byte[]>> consumers = new ArrayList<>();
    private final MockProducer<byte[], byte[]> producer = new MockProducer<>(true, null, new ByteArraySerializer(),
            new ByteArraySerializer());

    @Inject
    Topics topics;

    @Inject
    RungLateness lateness;

    @Inject
    Dependencies dependencies;

    @Test
    void whatWasReadWhenMemoryRanOutIsReadAgain() throws Exception {
        Ladder ladder = ladder();
        ladder.subscribe();
        consumer().schedulePollTask(() -> {
            throw new OutOfMemoryError("made up");
        });

        assertThatThrownBy(ladder::step).isInstanceOf(OutOfMemoryError.class);
        assertThat(consumer().closed()).isTrue();
        ladder.subscribe();
        arrive(0);
        ladder.step();

        assertThat(consumers).hasSize(2);
        assertThat(producer.history()).singleElement().extracting(sent -> sent.topic()).isEqualTo("scripted");
    }

    @Test
    void anOffsetIsCommittedWhenItsRecordIsSent() throws Exception {
        Ladder ladder = ladder();
        ladder.subscribe();
        arrive(0);
        arrive(1);

        ladder.step();

        assertThat(producer.history()).hasSize(2);
        assertThat(consumer().committed(Set.of(RUNG))).containsEntry(RUNG, new OffsetAndMetadata(2));
    }

    private Ladder ladder() {
        Clock late = Clock.fixed(Instant.now().plusSeconds(3_600), ZoneOffset.UTC);
        return new Ladder(Map.of(), topics, new Publisher(producer), late, new ManualTimer(), lateness, true,
                dependencies,
                this::newConsumer);
    }

    private MockConsumer<byte[], byte[]> newConsumer() {
        MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
        consumers.add(consumer);
        return consumer;
    }

    private MockConsumer<byte[], byte[]> consumer() {
        return consumers.get(consumers.size() - 1);
    }

    private void arrive(long offset) {
        MockConsumer<byte[], byte[]> consumer = consumer();
        if (consumer.assignment().isEmpty()) {
            consumer.rebalance(List.of(RUNG));
            consumer.updateBeginningOffsets(Map.of(RUNG, 0L));
        }
        consumer.addRecord(new ConsumerRecord<>(RUNG.topic(), RUNG.partition(), offset, new byte[0], new byte[0]));
    }
}
