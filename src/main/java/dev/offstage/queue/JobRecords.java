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

import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

import io.smallrye.common.annotation.Identifier;

import dev.offstage.health.Dependencies;
import dev.offstage.health.Dependency;
import dev.offstage.job.Job;

/**
 * Finds the records of a job. Kafka has no index of them, but a job's key tells the partition of each topic, and the time at
 * which it was enqueued tells where to begin to read.
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
    /** Clocks differ, and a record that another program wrote is older than its job. */
    private static final Duration MARGIN = Duration.ofMinutes(1);

    private final Map<String, Object> kafka;
    private final Topics topics;
    private final Dependency health;

    JobRecords(@Identifier("default-kafka-broker") Map<String, Object> kafka, Topics topics,
            Dependencies dependencies) {
        this.kafka = kafka;
        this.topics = topics;
        this.health = dependencies.kafka();
    }

    /** Takes two seconds at the most; nothing is found while Kafka is gone. */
    public Found find(Job job) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            return find(job, consumer);
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

    private Found find(Job job, KafkaConsumer<byte[], byte[]> consumer) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        Map<TopicPartition, Long> starts = starts(job, consumer);
        Map<TopicPartition, Long> ends = consumer.endOffsets(starts.keySet());
        Set<TopicPartition> open = new HashSet<>(starts.keySet());
        consumer.assign(open);
        starts.forEach(consumer::seek);
        List<JobRecord> found = new ArrayList<>();
        open.removeIf(partition -> consumer.position(partition) >= ends.get(partition));
        while (!open.isEmpty() && System.nanoTime() < deadline) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                if (isOf(job, record)) {
                    found.add(new JobRecord(record.topic(), record.partition(), record.offset(),
                            attempt(record), Instant.ofEpochMilli(record.timestamp())));
                }
            }
            open.removeIf(partition -> consumer.position(partition) >= ends.get(partition));
        }
        found.sort(Comparator.comparing(JobRecord::at).thenComparing(JobRecord::offset));
        return new Found(found, open.isEmpty());
    }

    /** Where to begin, in each partition that may hold a record of the job. */
    private Map<TopicPartition, Long> starts(Job job, KafkaConsumer<byte[], byte[]> consumer) {
        Map<TopicPartition, Long> since = new HashMap<>();
        for (String topic : topics.topicsOf(job.type)) {
            int partitions = consumer.partitionsFor(topic).size();
            int partition = BuiltInPartitioner.partitionForKey(job.key.getBytes(UTF_8), partitions);
            since.put(new TopicPartition(topic, partition), job.createdAt.minus(MARGIN).toEpochMilli());
        }
        Map<TopicPartition, Long> starts = new HashMap<>();
        for (var start : consumer.offsetsForTimes(since).entrySet()) {
            OffsetAndTimestamp first = start.getValue();
            if (first != null) {
                starts.put(start.getKey(), first.offset());
            }
        }
        return starts;
    }

    /** Other programs need not write headers: then the id is in the value, or made from where the record lies. */
    private static boolean isOf(Job job, ConsumerRecord<byte[], byte[]> record) {
        String id = RecordFormat.text(record.headers(), RecordFormat.ID);
        if (id != null) {
            return job.id.toString().equals(id);
        }
        return record.value() != null && (new String(record.value(), UTF_8).contains(job.id.toString())
                || ForeignJobId.of(record).equals(job.id));
    }

    private static String attempt(ConsumerRecord<byte[], byte[]> record) {
        String attempt = RecordFormat.text(record.headers(), RecordFormat.ATTEMPT);
        return attempt == null ? "1" : attempt;
    }
}
