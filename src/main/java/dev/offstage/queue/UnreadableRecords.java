package dev.offstage.queue;

import java.time.Duration;

import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;

import io.smallrye.mutiny.Uni;

/** Puts records that no attempt can be made of with the dead letters, so that they stop no partition. */
@ApplicationScoped
class UnreadableRecords {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final Publisher publisher;

    UnreadableRecords(Publisher publisher) {
        this.publisher = publisher;
    }

    /**
     * Publishes a record that cannot be read byte for byte, with the reason in its headers. Tries until Kafka has it:
     * nothing else holds it.
     */
    Uni<Void> toDeadLetters(String type, ConsumerRecord<byte[], byte[]> record, Throwable reason) {
        RecordHeaders headers = new RecordHeaders(record.headers());
        RecordFormat.put(headers, RecordFormat.ERROR_CLASS, reason.getClass().getName());
        RecordFormat.put(headers, RecordFormat.ERROR_MESSAGE, reason.getMessage());
        RecordFormat.put(headers, RecordFormat.ORIGIN, coordinates(record));
        var letter = new ProducerRecord<>(Topics.deadLetters(type), null, null, record.key(), record.value(), headers);
        return Uni.createFrom()
                .completionStage(() -> publisher.send(letter))
                .onFailure()
                .retry()
                .withBackOff(FIRST_PAUSE, LONGEST_PAUSE)
                .indefinitely();
    }

    static String coordinates(ConsumerRecord<?, ?> record) {
        return record.topic() + "-" + record.partition() + "@" + record.offset();
    }
}
