package dev.offstage.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Reads and writes a topic as any other program would. */
public final class TestTopic {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final long LARGEST_RECORD = 1L << 30;

    private final String name;
    private final Map<String, Object> kafka;

    /** A topic of the broker that the service under test uses. */
    public TestTopic(String name) {
        this(name, OffstageResource.parts().kafka().clientSettings());
    }

    /** @param kafka what a client needs to connect */
    public TestTopic(String name, Map<String, String> kafka) {
        this.name = name;
        this.kafka = Map.copyOf(kafka);
    }

    public void write(byte[] value) throws InterruptedException, ExecutionException, TimeoutException {
        write(new ProducerRecord<>(name, value));
    }

    public void write(String value) throws InterruptedException, ExecutionException, TimeoutException {
        write(value.getBytes(UTF_8));
    }

    /** With one header. */
    public void write(String value, String header, String text)
            throws InterruptedException, ExecutionException, TimeoutException {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(name, value.getBytes(UTF_8));
        record.headers().add(header, text.getBytes(UTF_8));
        write(record);
    }

    /** The same record once more, headers and all. */
    public void repeat(ConsumerRecord<byte[], byte[]> record)
            throws InterruptedException, ExecutionException, TimeoutException {
        write(new ProducerRecord<>(name, null, record.key(), record.value(), record.headers()));
    }

    /** With headers, whose values may be null. */
    public void write(byte[] value, List<Header> headers)
            throws InterruptedException, ExecutionException, TimeoutException {
        write(new ProducerRecord<>(name, null, (byte[]) null, value, headers));
    }

    /** However large it is, and as small as this makes it on its way. */
    public void writeCompressed(byte[] value, String compression)
            throws InterruptedException, ExecutionException, TimeoutException {
        write(new ProducerRecord<>(name, value), compression);
    }

    private void write(ProducerRecord<byte[], byte[]> record)
            throws InterruptedException, ExecutionException, TimeoutException {
        write(record, "none");
    }

    private void write(ProducerRecord<byte[], byte[]> record, String compression)
            throws InterruptedException, ExecutionException, TimeoutException {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.putAll(Map.of("compression.type", compression, "max.request.size", Integer.MAX_VALUE, "buffer.memory",
                LARGEST_RECORD));
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(record).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** Writes records in one Kafka transaction, and rolls it back or commits it. */
    public void writeInTransaction(boolean commit, String... values)
            throws InterruptedException, ExecutionException, TimeoutException {
        writeInTransaction(null, commit, values);
    }

    /** @param partition null for any */
    public void writeInTransaction(Integer partition, boolean commit, String... values)
            throws InterruptedException, ExecutionException, TimeoutException {
        try (var producer = new KafkaProducer<>(
                with("transactional.id", UUID.randomUUID().toString()),
                new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            for (String value : values) {
                producer.send(new ProducerRecord<>(name, partition, null, value.getBytes(UTF_8)))
                        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
            if (commit) {
                producer.commitTransaction();
            } else {
                producer.abortTransaction();
            }
        }
    }

    private Map<String, Object> with(String setting, String value) {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(setting, value);
        return settings;
    }

    /** Reads from the beginning until as many records as wanted fit. */
    public List<ConsumerRecord<byte[], byte[]>> read(int wanted, Predicate<ConsumerRecord<byte[], byte[]>> fits) {
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(
                with("isolation.level", "read_committed"),
                new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(name)
                    .stream()
                    .map(partition -> new TopicPartition(name, partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (found.size() < wanted && System.nanoTime() < deadline) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                    if (fits.test(record)) {
                        found.add(record);
                    }
                });
            }
        }
        if (found.size() < wanted) {
            throw new AssertionError(name + " holds " + found.size() + " such records, not " + wanted);
        }
        return found;
    }

    /** The one record of a job. */
    public ConsumerRecord<byte[], byte[]> read(Object jobId) {
        return read(1, record -> jobId.toString().equals(header(record, "ce_id"))).get(0);
    }

    /** Null if there is none, or none with a value. */
    public static String header(ConsumerRecord<?, ?> record, String name) {
        var header = record.headers().lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), UTF_8);
    }
}
