package dev.offstage.queue;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

import io.smallrye.common.annotation.Identifier;

import dev.offstage.job.ledger.Job;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Dependency;

/**
 * Finds the records of a job. Kafka has no index of them, but a job's key tells the partition of each topic, and the time at
 * which it was enqueued tells where to begin to read. Only the record that another program wrote may lie on any partition of its queue,
 * and be of any age: it is looked for on all of them, first since about when its job came, and then from the beginning.
 */
@ApplicationScoped
public class JobRecords {

    /**
     * A record of a job.
     *
     * @param attempt that it asks for
     * @param at when Kafka got it
     */
    public record JobRecord(String topic, int partition, long offset, String attempt, Instant at) {}

    /**
     * What was found, oldest first.
     *
     * @param whole whether everything was read that may hold a record of the job
     */
    public record Found(List<JobRecord> records, boolean whole) {}

    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final Duration POLL = Duration.ofMillis(200);
    /** Clocks differ, and a record that another program wrote is a little older than its job, or much. */
    private static final Duration MARGIN = Duration.ofMinutes(1);

    private final Map<String, Object> kafka;
    private final Topics topics;
    private final RecordReader reader;
    private final Dependency health;

    JobRecords(@Identifier("default-kafka-broker") Map<String, Object> kafka, Topics topics, RecordReader reader,
            Dependencies dependencies) {
        this.kafka = kafka;
        this.topics = topics;
        this.reader = reader;
        this.health = dependencies.kafka();
    }

    /**
     * Takes two seconds at most; nothing is found while Kafka is gone.
     *
     * @param recordIds what other programs call the job; empty if it was enqueued here
     */
    public Found find(Job job, List<String> recordIds) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            return find(job, Set.copyOf(recordIds), consumer);
        } catch (KafkaException e) {
            health.failed(e);
            return new Found(List.of(), false);
        }
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.remove(ConsumerConfig.GROUP_ID_CONFIG);
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "offstage-records");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, KafkaClients.READ_COMMITTED);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) TIMEOUT.toMillis());
        settings.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) TIMEOUT.toMillis());
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private Found find(Job job, Set<String> names, KafkaConsumer<byte[], byte[]> consumer) {
        Reading reading = new Reading(job, names, consumer);
        List<TopicPartition> partitions = partitions(job, !names.isEmpty(), consumer);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        Map<TopicPartition, Long> starts = starts(job, ends, consumer);
        boolean whole = reading.read(starts, ends);
        if (!names.isEmpty() && !reading.foundFirst) {
            whole &= reading.read(consumer.beginningOffsets(
                    partitions.stream().filter(partition -> partition.topic().equals(job.type)).toList()), starts);
        }
        reading.found.sort(Comparator.comparing(JobRecord::at).thenComparing(JobRecord::offset));
        return new Found(reading.found, whole);
    }

    /** The partitions that may hold a record of the job. */
    private List<TopicPartition> partitions(Job job, boolean foreign, KafkaConsumer<byte[], byte[]> consumer) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (String topic : topics.topicsOf(job.type)) {
            int count = consumer.partitionsFor(topic).size();
            int ofKey = BuiltInPartitioner.partitionForKey(job.key.getBytes(UTF_8), count);
            boolean any = foreign && topic.equals(job.type);
            IntStream.range(0, count)
                    .filter(partition -> any || partition == ofKey)
                    .forEach(partition -> partitions.add(new TopicPartition(topic, partition)));
        }
        return partitions;
    }

    /** Where to begin in each partition: at its end if nothing has come since the job did. */
    private static Map<TopicPartition, Long> starts(Job job, Map<TopicPartition, Long> ends,
            KafkaConsumer<byte[], byte[]> consumer) {
        long since = job.createdAt.minus(MARGIN).toEpochMilli();
        Map<TopicPartition, Long> starts = new HashMap<>(ends);
        consumer.offsetsForTimes(
                ends.keySet().stream().collect(Collectors.toMap(Function.identity(), partition -> since)))
                .forEach((partition, first) -> {
                    if (first != null) {
                        starts.put(partition, first.offset());
                    }
                });
        return starts;
    }

    /** What has been read so far, and for how long there may be more. */
    private final class Reading {

        private final long deadline = System.nanoTime() + TIMEOUT.toNanos();
        private final List<JobRecord> found = new ArrayList<>();
        private final Job job;
        private final Set<String> names;
        private final KafkaConsumer<byte[], byte[]> consumer;
        private boolean foundFirst;

        Reading(Job job, Set<String> names, KafkaConsumer<byte[], byte[]> consumer) {
            this.job = job;
            this.names = names;
            this.consumer = consumer;
        }

        /** @return whether all was read from the starts up to the ends */
        boolean read(Map<TopicPartition, Long> starts, Map<TopicPartition, Long> ends) {
            Set<TopicPartition> open = new HashSet<>(starts.keySet());
            open.removeIf(partition -> starts.get(partition) >= ends.get(partition));
            consumer.assign(open);
            open.forEach(partition -> consumer.seek(partition, starts.get(partition)));
            while (!open.isEmpty() && System.nanoTime() < deadline) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (record.offset() < ends.get(new TopicPartition(record.topic(), record.partition()))) {
                        look(record);
                    }
                }
                open.removeIf(partition -> consumer.position(partition) >= ends.get(partition));
                consumer.assign(open);
            }
            return open.isEmpty();
        }

        private void look(ConsumerRecord<byte[], byte[]> record) {
            boolean first = isFirst(record);
            foundFirst |= first;
            if (first || isOfJob(record)) {
                found.add(new JobRecord(record.topic(), record.partition(), record.offset(), attempt(record),
                        Instant.ofEpochMilli(record.timestamp())));
            }
        }

        /** Whether it is the record that another program wrote, or a second one of the same id. */
        private boolean isFirst(ConsumerRecord<byte[], byte[]> record) {
            return !names.isEmpty() && record.topic().equals(job.type) && record.value() != null
                    && names.contains(reader.nameOf(record));
        }

        /** A dead letter that was piped back may have lost its headers. */
        private boolean isOfJob(ConsumerRecord<byte[], byte[]> record) {
            String id = RecordFormat.text(record.headers(), RecordFormat.ID);
            if (id != null) {
                return job.id.toString().equals(id);
            }
            return record.value() != null && (new String(record.value(), UTF_8).contains(job.id.toString())
                    || ForeignJobId.of(record).equals(job.id)); // as earlier releases named it
        }
    }

    private static String attempt(ConsumerRecord<byte[], byte[]> record) {
        String attempt = RecordFormat.text(record.headers(), RecordFormat.ATTEMPT);
        return attempt == null ? "1" : attempt;
    }
}
