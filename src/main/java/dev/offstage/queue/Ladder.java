package dev.offstage.queue;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import jakarta.inject.Singleton;

import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jboss.logging.Logger;

import io.smallrye.common.annotation.Identifier;

import dev.offstage.health.Dependencies;
import dev.offstage.health.Dependency;

/**
 * Tends the waiting rooms of every rung of every type in one thread: a record that is due goes back to its queue, and
 * an offset is committed only when Kafka has acknowledged what was read before it. A partition whose records are not
 * due is paused, alone; it is fetched again before memory runs out of it, so a due record never waits for a fetch.
 */
@Singleton
class Ladder implements ConsumerRebalanceListener {

    private static final Logger LOG = Logger.getLogger(Ladder.class);
    static final String GROUP = "offstage.ladder";
    private static final int BATCH = 2_000;
    private static final long LONGEST_POLL_MS = 200;
    private static final long COMMIT_EVERY_MS = 500;
    private static final long PAUSE_AFTER_FAILURE_MS = 500;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final Map<String, Object> kafkaSettings;
    private final Topics topics;
    private final Publisher publisher;
    private final Clock clock;
    private final Dependency kafka;
    private final RungLateness lateness;
    private final Map<TopicPartition, WaitingRoom> rooms = new HashMap<>();
    private final Map<TopicPartition, Long> positions = new HashMap<>();
    private Map<String, Duration> retryTopics;
    private Consumer<byte[], byte[]> consumer;
    private Thread thread;
    private long committedAt;
    private volatile boolean open = true;

    Ladder(@Identifier("default-kafka-broker") Map<String, Object> kafkaSettings, Topics topics, Publisher publisher,
            Clock clock, RungLateness lateness, Dependencies dependencies) {
        this.kafka = dependencies.kafka();
        this.lateness = lateness;
        this.kafkaSettings = kafkaSettings;
        this.topics = topics;
        this.publisher = publisher;
        this.clock = clock;
    }

    void start() {
        retryTopics = topics.retryTopics();
        consumer = new KafkaConsumer<>(settings(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        thread = new Thread(this::tend, "offstage-ladder");
        thread.start();
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>(kafkaSettings);
        settings.put(ConsumerConfig.GROUP_ID_CONFIG, GROUP);
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "offstage-ladder");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        settings.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 6_000);
        settings.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 1_500);
        settings.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName());
        // While one fetch waits for news, a partition that was just resumed cannot be fetched from the same broker.
        settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, (int) Math.max(1, Math.min(500, shortestDelay() / 2)));
        return settings;
    }

    private long shortestDelay() {
        return retryTopics.values().stream().mapToLong(Duration::toMillis).min().orElse(LONGEST_POLL_MS);
    }

    private void tend() {
        consumer.subscribe(retryTopics.keySet(), this);
        try {
            while (open) {
                round();
            }
        } catch (WakeupException e) {
            LOG.debug("The ladder was asked to stop");
        } finally {
            close();
        }
    }

    private void round() {
        try {
            ConsumerRecords<byte[], byte[]> arrived = consumer.poll(untilNextDue());
            long now = clock.millis();
            for (TopicPartition partition : arrived.partitions()) {
                room(partition).add(arrived.records(partition), now);
            }
            boolean allSent = sendDue();
            pauseAndResume();
            commit();
            if (!allSent) {
                pause();
            }
        } catch (WakeupException e) {
            throw e;
        } catch (KafkaException e) {
            kafka.failed(e);
            pause();
        } catch (RuntimeException e) {
            LOG.error("A round of the ladder failed; the next one follows", e);
            pause();
        }
    }

    private void pause() {
        try {
            Thread.sleep(PAUSE_AFTER_FAILURE_MS);
        } catch (InterruptedException e) {
            open = false;
        }
    }

    private WaitingRoom room(TopicPartition partition) {
        return rooms.computeIfAbsent(partition, key -> new WaitingRoom(retryTopics.get(key.topic()).toMillis()));
    }

    private Duration untilNextDue() {
        long next = rooms.values().stream().mapToLong(WaitingRoom::nextDueAt).min().orElse(Long.MAX_VALUE);
        long wait = next == Long.MAX_VALUE ? LONGEST_POLL_MS : next - clock.millis();
        return Duration.ofMillis(Math.max(0, Math.min(wait, LONGEST_POLL_MS)));
    }

    /** Sends what is due and waits for Kafka's acknowledgements; what was not acknowledged is still due. */
    private boolean sendDue() {
        long now = clock.millis();
        List<ConsumerRecord<byte[], byte[]>> due = new ArrayList<>();
        rooms.values().forEach(room -> room.takeDue(now, BATCH, due));
        List<CompletableFuture<Void>> sends = new ArrayList<>();
        Map<String, CompletableFuture<Void>> gone = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : due) {
            CompletableFuture<Void> send = gone.get(record.topic());
            if (send == null) {
                send = publisher.sendNow(forQueue(record));
            }
            if (Publisher.isKafkaGone(send)) {
                gone.put(record.topic(), send); // the others would wait as long, one after another
            }
            sends.add(send);
        }
        boolean allSent = true;
        for (int i = due.size() - 1; i >= 0; i--) { // backwards, so that what goes back lies in order
            Throwable failure = sends.get(i).handle((done, error) -> error).join();
            kafka.used(failure);
            if (failure == null) {
                lateness.sent(due.get(i), clock.millis());
            } else {
                room(partitionOf(due.get(i))).putBack(due.get(i));
                allSent = false;
            }
        }
        due.forEach(record -> positions.merge(partitionOf(record), record.offset() + 1, Math::max));
        return allSent;
    }

    private static ProducerRecord<byte[], byte[]> forQueue(ConsumerRecord<byte[], byte[]> record) {
        String type = Topics.typeOf(record.topic());
        RecordHeaders headers = new RecordHeaders(record.headers());
        headers.remove(RecordFormat.DUE_AT);
        return new ProducerRecord<>(type, null, null, record.key(), record.value(), headers);
    }

    private static TopicPartition partitionOf(ConsumerRecord<?, ?> record) {
        return new TopicPartition(record.topic(), record.partition());
    }

    private void pauseAndResume() {
        List<TopicPartition> full = new ArrayList<>();
        List<TopicPartition> low = new ArrayList<>();
        rooms.forEach((partition, room) -> {
            if (room.isFull()) {
                full.add(partition);
            } else if (room.runsLow()) {
                low.add(partition);
            }
        });
        consumer.pause(full);
        consumer.resume(low);
    }

    private void commit() {
        if (!positions.isEmpty() && clock.millis() - committedAt >= COMMIT_EVERY_MS) {
            consumer.commitAsync(acknowledged(positions.keySet()), (offsets, failure) -> kafka.used(failure));
            positions.clear();
            committedAt = clock.millis();
        }
    }

    /** Up to the first record that is still here; all before it are acknowledged. */
    private Map<TopicPartition, OffsetAndMetadata> acknowledged(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (TopicPartition partition : partitions) {
            Long sent = positions.get(partition);
            if (sent != null) {
                long first = room(partition).firstOffset();
                offsets.put(partition, new OffsetAndMetadata(first < 0 ? sent : first));
            }
        }
        return offsets;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        LOG.debugf("The ladder tends %s", partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        try {
            consumer.commitSync(acknowledged(partitions), CLOSE_TIMEOUT);
        } catch (KafkaException e) {
            kafka.failed(e); // what was sent is sent again, and recognised as a repeat when it is claimed
        }
        onPartitionsLost(partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        rooms.keySet().removeAll(partitions);
        positions.keySet().removeAll(partitions);
    }

    private void close() {
        try {
            consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
        } catch (KafkaException e) {
            LOG.warnf("The ladder could not sign off from Kafka: %s", e.getMessage());
        }
    }

    void stop() {
        open = false;
        if (thread == null) {
            return;
        }
        consumer.wakeup();
        try {
            thread.join(CLOSE_TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
