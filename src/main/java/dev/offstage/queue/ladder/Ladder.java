package dev.offstage.queue.ladder;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import jakarta.annotation.Priority;
import jakarta.inject.Inject;
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
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jboss.logging.Logger;

import io.smallrye.common.annotation.Identifier;

import dev.offstage.background.BackgroundThread;
import dev.offstage.background.Timer;
import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.queue.ConsumerGroups;
import dev.offstage.queue.EnginePart;
import dev.offstage.queue.KafkaClients;
import dev.offstage.queue.Publisher;
import dev.offstage.queue.RecordFormat;
import dev.offstage.queue.Topics;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Dependency;

/**
 * Tends the waiting rooms of every rung of every type in one thread: a record that is due goes back to its queue, and
 * an offset is committed only when Kafka has acknowledged what was read before it. A partition whose records are not
 * due is paused, alone; it is fetched again before memory runs out of it, so a due record never waits for a fetch.
 */
@Singleton
@Priority(20)
class Ladder implements EnginePart, ConsumerRebalanceListener {

    private static final Logger LOG = Logger.getLogger(Ladder.class);
    private static final int BATCH = 2_000;
    private static final long LONGEST_POLL_MS = 200;
    private static final long MOST_BYTES_OF_A_ROOM = 512 * 1024;
    /** Of all rooms together, however many partitions there are; a fetch may come on top. */
    private static final long MOST_BYTES = 32 * 1024 * 1024;
    private static final int MOST_BYTES_OF_A_FETCH = 8 * 1024 * 1024;
    /** Gone by in this process, whatever happens to the clock. */
    private static final Duration COMMIT_EVERY = Duration.ofMillis(500);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(500);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final Map<String, Object> kafkaSettings;
    private final Topics topics;
    private final Publisher publisher;
    private final Clock clock;
    private final Timer timer;
    private final boolean relays;
    private final Dependency kafka;
    private final RungLateness lateness;
    private final Map<TopicPartition, WaitingRoom> rooms = new HashMap<>();
    private final Map<TopicPartition, Long> positions = new HashMap<>();
    private final BackgroundThread thread = new BackgroundThread("ladder", Duration.ZERO, this::step);
    private final Supplier<Consumer<byte[], byte[]>> consumers;
    /** Of the thread alone, as is all that follows from it; null until its first step, and after a step that failed. */
    private Consumer<byte[], byte[]> consumer;
    private long committedNanos;

    @Inject
    Ladder(@Identifier("default-kafka-broker") Map<String, Object> kafkaSettings, Topics topics, Publisher publisher,
            Clock clock, Timer timer, RungLateness lateness, OffstageConfig config, Dependencies dependencies) {
        this(kafkaSettings, topics, publisher, clock, timer, lateness, config.has(Role.RELAY), dependencies, null);
    }

    /** @param consumers null for Kafka's own */
    Ladder(Map<String, Object> kafkaSettings, Topics topics, Publisher publisher, Clock clock, Timer timer,
            RungLateness lateness, boolean relays, Dependencies dependencies,
            Supplier<Consumer<byte[], byte[]>> consumers) {
        this.relays = relays;
        this.timer = timer;
        this.consumers = consumers == null ? this::kafkaConsumer : consumers;
        this.kafka = dependencies.kafka();
        this.lateness = lateness;
        this.kafkaSettings = kafkaSettings;
        this.topics = topics;
        this.publisher = publisher;
        this.clock = clock;
    }

    @Override
    public void start() {
        if (relays) {
            thread.start();
        }
    }

    private Consumer<byte[], byte[]> kafkaConsumer() {
        return new KafkaConsumer<>(settings(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>(kafkaSettings);
        settings.put(ConsumerConfig.GROUP_ID_CONFIG, ConsumerGroups.LADDER);
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "offstage-ladder");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, KafkaClients.READ_COMMITTED);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, MOST_BYTES_OF_A_FETCH);
        settings.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 6_000);
        settings.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 1_500);
        settings.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName());
        // While one fetch waits for news, a partition that was just resumed cannot be fetched from the same broker.
        settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, (int) Math.max(1, Math.min(500, shortestDelay() / 2)));
        return settings;
    }

    private long shortestDelay() {
        return topics.retryTopics().values().stream().mapToLong(Duration::toMillis).min().orElse(LONGEST_POLL_MS);
    }

    /**
     * Looks once after the waiting rooms. After a failure that is not Kafka's, everything is read again from the committed offsets. Example:
     * record 7 is fetched, and memory runs out before it is in its room. The consumer stands at 8; a commit of 8 would lose record 7.
     */
    void step() throws InterruptedException {
        try {
            subscribe();
            round();
        } catch (InterruptException e) {
            throw e; // by stop(), which closes the consumer
        } catch (KafkaException e) {
            kafka.failed(e);
            pause();
        } catch (RuntimeException | Error e) {
            beginAnew();
            throw e;
        }
    }

    void subscribe() {
        if (consumer == null) {
            consumer = consumers.get();
            consumer.subscribe(topics.retryTopics().keySet(), this);
        }
    }

    private void beginAnew() {
        rooms.clear();
        positions.clear();
        close();
    }

    private void round() throws InterruptedException {
        ConsumerRecords<byte[], byte[]> arrived = consumer.poll(untilNextDue());
        long now = clock.millis();
        for (TopicPartition partition : arrived.partitions()) {
            room(partition).add(arrived.records(partition), now);
        }
        boolean allSent = sendDue();
        // What was read to here and left nothing in the room is sent, or no record: the end of a transaction takes an offset, too.
        arrived.nextOffsets().forEach((partition, next) -> positions.merge(partition, next.offset(), Math::max));
        pauseAndResume();
        commit();
        if (!allSent) {
            pause();
        }
    }

    private void pause() throws InterruptedException {
        timer.sleep(PAUSE_AFTER_FAILURE);
    }

    private WaitingRoom room(TopicPartition partition) {
        return rooms.computeIfAbsent(partition,
                key -> new WaitingRoom(topics.retryTopics().get(key.topic()).toMillis()));
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
        long share = Math.min(MOST_BYTES_OF_A_ROOM, MOST_BYTES / Math.max(1, rooms.size()));
        List<TopicPartition> full = new ArrayList<>();
        List<TopicPartition> low = new ArrayList<>();
        rooms.forEach((partition, room) -> {
            if (room.isFull(share)) {
                full.add(partition);
            } else if (room.runsLow(share)) {
                low.add(partition);
            }
        });
        consumer.pause(full);
        consumer.resume(low);
    }

    private void commit() {
        if (!positions.isEmpty() && timer.nanoTime() - committedNanos >= COMMIT_EVERY.toNanos()) {
            Map<TopicPartition, OffsetAndMetadata> offsets = acknowledged(positions.keySet());
            positions.clear(); // before the call, in which Kafka's client may tell that an earlier commit failed
            consumer.commitAsync(offsets, this::committed);
            committedNanos = timer.nanoTime();
        }
    }

    /** What Kafka did not commit is committed with the next ones, on this thread and for partitions that are still ours. */
    private void committed(Map<TopicPartition, OffsetAndMetadata> offsets, Exception failure) {
        kafka.used(failure);
        if (failure != null) {
            offsets.forEach((partition, offset) -> {
                if (rooms.containsKey(partition)) {
                    positions.merge(partition, offset.offset(), Math::max);
                }
            });
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
        if (consumer == null) {
            return;
        }
        try {
            consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
        } catch (KafkaException e) {
            LOG.warnf("The ladder could not sign off from Kafka: %s", e.getMessage());
        } finally {
            consumer = null;
        }
    }

    @Override
    public void stop() {
        thread.close();
        if (thread.awaitEnd(CLOSE_TIMEOUT)) {
            close();
        }
    }
}
