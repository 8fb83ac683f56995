package dev.offstage.job.ledger;

import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;

/** The trace context that jobs carry through PostgreSQL and Kafka: the header {@code traceparent} of W3C Trace Context. */
public final class TraceParent {

    private static final HexFormat HEX = HexFormat.of();
    private static final String NAME = "traceparent";
    private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();
    private static final TextMapGetter<String> ITSELF = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(String carrier) {
            return List.of(NAME);
        }

        @Override
        public String get(String carrier, String key) {
            return NAME.equals(key) ? carrier : null;
        }
    };

    private TraceParent() {
    }

    /** The trace of the current request or attempt, for all jobs that it enqueues; a new trace if there is none. */
    static String current() {
        SpanContext current = Span.current().getSpanContext();
        return current.isValid() ? of(Span.current()) : create();
    }

    private static String create() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long never0 = random.nextLong() | 1;
        return "00-" + HEX.toHexDigits(random.nextLong()) + HEX.toHexDigits(never0) + "-"
                + HEX.toHexDigits(random.nextLong() | 1) + "-01";
    }

    /** @return null if the span belongs to no trace */
    public static String of(Span span) {
        AtomicReference<String> written = new AtomicReference<>();
        W3C.inject(Context.root().with(span), written, (carrier, name, value) -> {
            if (NAME.equals(name)) {
                carrier.set(value);
            }
        });
        return written.get();
    }

    /**
     * The context in which what follows belongs to the trace.
     *
     * @param traceparent of none if it is null or no such header
     */
    public static Context context(String traceparent) {
        return traceparent == null ? Context.root() : W3C.extract(Context.root(), traceparent, ITSELF);
    }
}
