package dev.offstage.queue.lane;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import jakarta.enterprise.context.ApplicationScoped;

import org.jboss.logging.Logger;

import io.opentelemetry.api.trace.Span;

import dev.offstage.job.ledger.Delivery;
import dev.offstage.job.ledger.Failure;
import dev.offstage.job.ledger.TraceParent;

/** Says that jobs of a type die and why one of them did: a line in ten seconds, however many there are. */
@ApplicationScoped
class DeadLetterLog {

    private static final Logger LOG = Logger.getLogger(DeadLetterLog.class);
    private static final long INTERVAL_NANOS = Duration.ofSeconds(10).toNanos();

    private final Map<String, Deaths> byType = new ConcurrentHashMap<>();

    /** @param untold how many died since the last line */
    private record Deaths(long toldAt, int untold) {}

    void died(Delivery delivery, Failure failure) {
        byType.compute(delivery.type(), (type, before) -> {
            long now = System.nanoTime();
            if (before != null && now - before.toldAt < INTERVAL_NANOS) {
                return new Deaths(before.toldAt, before.untold + 1);
            }
            String others = before == null || before.untold == 0
                    ? ""
                    : " (so are %d more of this type)".formatted(before.untold);
            JobLogContext lines = new JobLogContext(delivery.id(), type,
                    Span.fromContext(TraceParent.context(delivery.traceparent())).getSpanContext());
            try {
                LOG.warnf("The job %s (%s) is dead after attempt %d%s: %s", delivery.id(), type, failure.attempt(),
                        others, failure.errorMessage().replaceAll("\\p{Cntrl}", " ")); // text of another server must not make lines of its own here
            } finally {
                lines.end();
            }
            return new Deaths(now, 0);
        });
    }
}
