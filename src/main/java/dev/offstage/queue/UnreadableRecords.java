package dev.offstage.queue;

import java.time.Duration;

import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.internals.RecordHeaders;

import io.smallrye.mutiny.Uni;

/** Puts records that no attempt can be made of with the dead letters, so that they stop no partition. */
@ApplicationScoped
class UnreadableRecords {

    private static final int LONGEST_REASON = 1_000;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final Publisher publisher;

    UnreadableRecords(Publisher publisher) {
        this.publisher = publisher;
    }

    /**
     * Publishes a record that cannot be read byte for byte, with the reason in its headers. Tries until Kafka has it:
     * nothing else holds it. Of one that no topic here can take, because it came in compressed, only the headers are kept.
     */
    Uni<Void> toDeadLetters(String type, ConsumerRecord<byte[], byte[]> record, Throwable reason) {
        String why = excerpt(reason.getMessage());
        return send(letter(type, record, record.value(), reason, why))
                .onFailure(RecordTooLargeException.class)
                .recoverWithUni(() -> send(letter(type, record, null, reason,
                        why + " Its " + record.value().length + " bytes are more than this topic takes.")));
    }

    private static ProducerRecord<byte[], byte[]> letter(String type, ConsumerRecord<byte[], byte[]> record,
            byte[] value, Throwable reason, String why) {
        RecordHeaders headers = new RecordHeaders(record.headers());
        RecordFormat.put(headers, RecordFormat.ERROR_CLASS, reason.getClass().getName());
        RecordFormat.put(headers, RecordFormat.ERROR_MESSAGE, why);
        RecordFormat.put(headers, RecordFormat.ORIGIN, coordinates(record));
        return new ProducerRecord<>(Topics.deadLetters(type), null, null, record.key(), value, headers);
    }

    private Uni<Void> send(ProducerRecord<byte[], byte[]> letter) {
        return Uni.createFrom()
                .completionStage(() -> publisher.send(letter))
                .onFailure(failure -> !(failure instanceof RecordTooLargeException))
                .retry()
                .withBackOff(FIRST_PAUSE, LONGEST_PAUSE)
                .indefinitely();
    }

    /** The reason may quote the record. */
    private static String excerpt(String message) {
        return message.length() <= LONGEST_REASON ? message : message.substring(0, LONGEST_REASON) + "…";
    }

    static String coordinates(ConsumerRecord<?, ?> record) {
        return record.topic() + "-" + record.partition() + "@" + record.offset();
    }
}
