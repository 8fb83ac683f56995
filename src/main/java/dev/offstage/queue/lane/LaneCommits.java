package dev.offstage.queue.lane;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Any;
import jakarta.inject.Inject;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.IncomingKafkaRecord;
import io.smallrye.reactive.messaging.kafka.KafkaConnectorIncomingConfiguration;
import io.smallrye.reactive.messaging.kafka.KafkaConsumer;
import io.smallrye.reactive.messaging.kafka.commit.ContextHolder;
import io.smallrye.reactive.messaging.kafka.commit.KafkaCommitHandler;
import io.vertx.core.Context;
import io.vertx.mutiny.core.Vertx;

/**
 * Commits a lane's offsets: those of settled records as the connector does ("throttled"), and where a partition has been read to its
 * end and everything is settled, the consumer's position. The two differ if a Kafka transaction ended there: its marker takes an
 * offset, is no record, and would count as lag for as long as no further record comes. An offset is never committed past a record
 * that was read and is not settled; see {@link UnsettledOffsets}.
 */
final class LaneCommits extends ContextHolder implements KafkaCommitHandler {

    /** The name in the settings of a channel. */
    static final String STRATEGY = "offstage";

    private static final Logger LOG = Logger.getLogger(LaneCommits.class);
    private static final long LOOK_EVERY_MS = 1_000;
    /** The consumer does not poll meanwhile. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** Makes one for each consumer. */
    @ApplicationScoped
    @Identifier(STRATEGY)
    static class Factory implements KafkaCommitHandler.Factory {

        private final KafkaCommitHandler.Factory throttled;

        @Inject
        Factory(@Any @Identifier("throttled") KafkaCommitHandler.Factory throttled) {
            this.throttled = throttled;
        }

        @Override
        public KafkaCommitHandler create(KafkaConnectorIncomingConfiguration settings, Vertx vertx,
                KafkaConsumer<?, ?> consumer, BiConsumer<Throwable, Boolean> reportFailure) {
            UnsettledOffsets unsettled = (UnsettledOffsets) consumer.configuration().get(PolledOffsets.UNSETTLED);
            return new LaneCommits(throttled.create(settings, vertx, consumer, reportFailure), vertx, consumer,
                    unsettled);
        }
    }

    private final KafkaCommitHandler records;
    private final KafkaConsumer<?, ?> consumer;
    private final UnsettledOffsets unsettled;
    private final AtomicBoolean looks = new AtomicBoolean();
    private volatile boolean ended;

    private LaneCommits(KafkaCommitHandler records, Vertx vertx, KafkaConsumer<?, ?> consumer,
            UnsettledOffsets unsettled) {
        super(vertx, (int) TIMEOUT.toMillis());
        this.records = records;
        this.consumer = consumer;
        this.unsettled = unsettled;
        unsettled.onBehind(this::lookSoon);
    }

    /** The connector calls this only for what is a {@link ContextHolder}, so it is handed on. */
    @Override
    public void capture(Context context) {
        super.capture(context);
        if (records instanceof ContextHolder holder) {
            holder.capture(context);
        }
    }

    @Override
    public <K, V> Multi<IncomingKafkaRecord<K, V>> decorateStream(Multi<IncomingKafkaRecord<K, V>> stream) {
        return records.decorateStream(stream);
    }

    @Override
    public <K, V> Uni<IncomingKafkaRecord<K, V>> received(IncomingKafkaRecord<K, V> record) {
        return records.received(record);
    }

    @Override
    public <K, V> Uni<Void> handle(IncomingKafkaRecord<K, V> record) {
        unsettled.settled(new TopicPartition(record.getTopic(), record.getPartition()), record.getOffset());
        return records.handle(record);
    }

    @Override
    public void partitionsAssigned(Collection<TopicPartition> partitions) {
        unsettled.forget(partitions);
        records.partitionsAssigned(partitions);
    }

    @Override
    public void partitionsRevoked(Collection<TopicPartition> partitions) {
        records.partitionsRevoked(partitions);
        unsettled.forget(partitions);
    }

    @Override
    public void terminate(boolean graceful) {
        ended = true;
        records.terminate(graceful);
    }

    private void lookSoon() {
        if (!ended && looks.compareAndSet(false, true)) {
            vertx.setTimer(LOOK_EVERY_MS, timer -> look());
        }
    }

    private void look() {
        looks.set(false);
        consumer.runOnPollingThread(this::catchUp)
                .subscribe()
                .with(done -> {}, failure -> LOG.debugf("A consumer has ended: %s", failure));
    }

    /**
     * Looks at what Kafka has, also after a commit: the usual commit of the last record may have come after it, for example because
     * it had to be repeated.
     */
    private void catchUp(Consumer<?, ?> client) {
        try {
            Map<TopicPartition, Long> behind = unsettled.behind();
            if (!behind.isEmpty()) {
                commit(client, behind, client.committed(behind.keySet(), TIMEOUT));
            }
        } catch (KafkaException e) {
            LOG.debugf("The end of a transaction could not be committed; it is tried again: %s", e.getMessage());
        }
        if (unsettled.areAnyBehind()) {
            lookSoon();
        }
    }

    private void commit(Consumer<?, ?> client, Map<TopicPartition, Long> behind,
            Map<TopicPartition, OffsetAndMetadata> known) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        behind.forEach((partition, next) -> {
            OffsetAndMetadata has = known.get(partition);
            if (has != null && has.offset() >= next) {
                unsettled.committed(partition, has.offset());
            } else {
                offsets.put(partition, new OffsetAndMetadata(next));
            }
        });
        if (!offsets.isEmpty()) {
            client.commitAsync(offsets,
                    (asked, failure) -> LOG.debugf(failure, "Past the ends of transactions: %s", asked));
        }
    }
}
