package dev.offstage.queue;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;

import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.job.JobState;
import dev.offstage.job.ledger.Delivery;
import dev.offstage.job.ledger.Failure;
import dev.offstage.job.ledger.OutboxJob;

/**
 * Writes jobs as Kafka records: a value that a person can read, and headers in the binary mode of CloudEvents 1.0
 * (its Kafka protocol binding, where attributes are headers that start with {@code ce_}).
 */
@ApplicationScoped
public class RecordFormat {

    static final String ID = "ce_id";
    static final String ATTEMPT = "offstage-attempt";
    public static final String DUE_AT = "offstage-due-at";
    public static final String ERROR_CLASS = "offstage-error-class";
    public static final String ERROR_MESSAGE = "offstage-error-message";
    public static final String ORIGIN = "offstage-origin";
    static final String TRACE_PARENT = "traceparent";

    private static final String SOURCE = "/offstage";

    private final ObjectMapper json;

    RecordFormat(ObjectMapper json) {
        this.json = json;
    }

    /** The record of a job that the outbox holds: to its queue, or to the dead letters if it is dead. */
    public ProducerRecord<byte[], byte[]> fromOutbox(OutboxJob job) {
        Delivery delivery = new Delivery(job.id(), job.type(), job.key(), job.payload(), job.attempt(),
                job.createdAt(), null, job.traceparent(), null);
        return job.state() == JobState.DEAD
                ? deadLetter(delivery, job.lastFailure(), job.origin())
                : toQueue(delivery, job.attempt());
    }

    public ProducerRecord<byte[], byte[]> toQueue(Delivery delivery, int attempt) {
        return describe(record(delivery.type(), delivery, null), delivery, attempt);
    }

    /** The next attempt, in the waiting room of this delay. */
    public ProducerRecord<byte[], byte[]> toRung(Delivery delivery, Duration delay, Instant dueAt) {
        var record = describe(record(Topics.retry(delivery.type(), delay), delivery, null), delivery,
                delivery.attempt() + 1);
        put(record.headers(), DUE_AT, Long.toString(dueAt.toEpochMilli()));
        return record;
    }

    private ProducerRecord<byte[], byte[]> deadLetter(Delivery delivery, Failure failure, String origin) {
        var record = describe(record(Topics.deadLetters(delivery.type()), delivery, failure), delivery,
                delivery.attempt());
        put(record.headers(), ERROR_CLASS, failure.errorClass());
        put(record.headers(), ERROR_MESSAGE, failure.errorMessage());
        if (origin != null) {
            put(record.headers(), ORIGIN, origin);
        }
        return record;
    }

    /** Where a record lies, as topic-partition@offset. */
    public static String coordinates(ConsumerRecord<?, ?> record) {
        return record.topic() + "-" + record.partition() + "@" + record.offset();
    }

    /** Null if there is none, or none with a value: other programs write such. */
    static String text(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), UTF_8);
    }

    public static void put(Headers headers, String name, String value) {
        headers.remove(name).add(name, value.getBytes(UTF_8));
    }

    private ProducerRecord<byte[], byte[]> describe(ProducerRecord<byte[], byte[]> record, Delivery delivery,
            int attempt) {
        Headers headers = record.headers();
        put(headers, "ce_specversion", "1.0");
        put(headers, ID, delivery.id().toString());
        put(headers, "ce_type", "dev.offstage." + delivery.type());
        put(headers, "ce_source", SOURCE);
        put(headers, "ce_time", delivery.createdAt().toString());
        put(headers, "content-type", "application/json");
        if (delivery.traceparent() != null) {
            put(headers, TRACE_PARENT, delivery.traceparent());
        }
        put(headers, ATTEMPT, Integer.toString(attempt));
        return record;
    }

    private ProducerRecord<byte[], byte[]> record(String topic, Delivery delivery, Failure failure) {
        return new ProducerRecord<>(topic, delivery.key().getBytes(UTF_8), value(delivery, failure));
    }

    private byte[] value(Delivery delivery, Failure failure) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator generator = json.getFactory().createGenerator(bytes)) {
            generator.writeStartObject();
            generator.writeStringField("id", delivery.id().toString());
            generator.writeStringField("type", delivery.type());
            generator.writeFieldName("payload");
            generator.writeRawValue(delivery.payload());
            generator.writeStringField("enqueuedAt", delivery.createdAt().toString());
            if (failure != null) {
                generator.writeNumberField("attempts", failure.attempt());
                generator.writeStringField("failedAt", failure.failedAt().toString());
                generator.writeObjectFieldStart("error");
                generator.writeStringField("class", failure.errorClass());
                generator.writeStringField("message", failure.errorMessage());
                generator.writeEndObject();
            }
            generator.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("The job " + delivery.id() + " could not be written as JSON.", e);
        }
        return bytes.toByteArray();
    }
}
