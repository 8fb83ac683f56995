package dev.offstage.queue.lane;

import java.time.Duration;

import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

import io.smallrye.mutiny.Uni;

import dev.offstage.job.ledger.Text;
import dev.offstage.queue.Publisher;
import dev.offstage.queue.RecordFormat;
import dev.offstage.queue.Topics;

/** Puts records that no attempt can be made of with the dead letters, so that they stop no partition. */
@ApplicationScoped
class UnreadableRecords {

    /** It may quote the record. */
    private static final int LONGEST_REASON = 1_000;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final Publisher publisher;

    UnreadableRecords(Publisher publisher) {
        this.publisher = publisher;
    }

    /**
     * Publishes a record that cannot be read byte for byte, with the reason in its headers. Tries until Kafka has it:
     * nothing else holds it. Of one that no topic here can take, because it lay compressed on a topic that somebody else made, only
     * where it lay and the reason are kept.
     */
    Uni<Void> toDeadLetters(String type, ConsumerRecord<byte[], byte[]> record, Throwable reason) {
        String why = Text.shown(reason.getMessage(), LONGEST_REASON);
        return send(new ProducerRecord<>(Topics.deadLetters(type), null, null, record.key(), record.value(),
                explained(new RecordHeaders(record.headers()), record, reason, why)))
                .onFailure(RecordTooLargeException.class)
                .recoverWithUni(() -> send(new ProducerRecord<>(Topics.deadLetters(type), null, null, null, null,
                        explained(new RecordHeaders(), record, reason,
                                why + " The record is larger than this topic takes."))));
    }

    private static Headers explained(Headers headers, ConsumerRecord<?, ?> record, Throwable reason, String why) {
        RecordFormat.put(headers, RecordFormat.ERROR_CLASS, reason.getClass().getName());
        RecordFormat.put(headers, RecordFormat.ERROR_MESSAGE, why);
        RecordFormat.put(headers, RecordFormat.ORIGIN, RecordFormat.coordinates(record));
        return headers;
    }

    private Uni<Void> send(ProducerRecord<byte[], byte[]> letter) {
        return Uni.createFrom()
                .completionStage(() -> publisher.send(letter))
                .onFailure(failure -> !(failure instanceof RecordTooLargeException))
                .retry()
                .withBackOff(FIRST_PAUSE, LONGEST_PAUSE)
                .indefinitely();
    }
}
