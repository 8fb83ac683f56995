package dev.offstage.queue;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

import jakarta.inject.Singleton;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.eclipse.microprofile.config.inject.ConfigProperty;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;

import dev.offstage.job.Attempt;
import dev.offstage.job.ledger.TraceParent;

/**
 * The spans of a job in the trace of the request or attempt that enqueued it: its way to Kafka and, below that, each of its attempts. Names and
 * attributes are those of OpenTelemetry's semantic conventions for messaging. Where no traces are exported this costs nothing.
 */
@Singleton
public class JobSpans {

    private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
    private static final AttributeKey<String> OPERATION = AttributeKey.stringKey("messaging.operation.name");
    private static final AttributeKey<String> OPERATION_TYPE = AttributeKey.stringKey("messaging.operation.type");
    private static final AttributeKey<String> DESTINATION = AttributeKey.stringKey("messaging.destination.name");
    private static final AttributeKey<String> JOB = AttributeKey.stringKey("messaging.message.id");
    private static final AttributeKey<Long> ATTEMPT = AttributeKey.longKey("offstage.attempt");

    private final Tracer tracer;
    private final boolean off;

    JobSpans(Tracer tracer, @ConfigProperty(name = "quarkus.otel.sdk.disabled") boolean off) {
        this.tracer = tracer;
        this.off = off;
    }

    /** Sends a record within a span; the attempt that follows has its span below it. */
    public CompletableFuture<Void> send(ProducerRecord<byte[], byte[]> record,
            Function<ProducerRecord<byte[], byte[]>, CompletableFuture<Void>> send) {
        if (off) {
            return send.apply(record);
        }
        Span span = start("send", record.topic(), SpanKind.PRODUCER,
                RecordFormat.text(record.headers(), RecordFormat.TRACE_PARENT))
                .setAttribute(JOB, RecordFormat.text(record.headers(), RecordFormat.ID));
        RecordFormat.put(record.headers(), RecordFormat.TRACE_PARENT, TraceParent.of(span));
        return send.apply(record).whenComplete((done, failure) -> end(span, failure));
    }

    /**
     * A span to be current while the handler runs.
     *
     * @param traceparent that the record came with; null if it came with none
     */
    public Span attempt(String type, Attempt<?> attempt, String traceparent) {
        return off
                ? Span.getInvalid()
                : start("process", type, SpanKind.CONSUMER, traceparent)
                        .setAttribute(JOB, attempt.jobId().toString())
                        .setAttribute(ATTEMPT, (long) attempt.number());
    }

    private Span start(String operation, String destination, SpanKind kind, String traceparent) {
        return tracer.spanBuilder(operation + " " + destination)
                .setParent(TraceParent.context(traceparent))
                .setSpanKind(kind)
                .setAttribute(SYSTEM, "kafka")
                .setAttribute(OPERATION, operation)
                .setAttribute(OPERATION_TYPE, operation)
                .setAttribute(DESTINATION, destination)
                .startSpan();
    }

    /** The same work, with the span as the current one. */
    public static Runnable within(Span span, Runnable work) {
        return span.getSpanContext().isValid() ? Context.root().with(span).wrap(work) : work;
    }

    /** @param failure null if all went well */
    public static void end(Span span, Throwable failure) {
        if (failure != null) {
            span.setStatus(StatusCode.ERROR, String.valueOf(failure.getMessage())).recordException(failure);
        }
        span.end();
    }
}
