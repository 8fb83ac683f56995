package dev.offstage.queue.lane;

import java.util.UUID;

import org.jboss.logging.MDC;

import io.opentelemetry.api.trace.SpanContext;

/** Until it ends, each line that this thread logs says which job it is about, and in which trace that is. */
final class JobLogContext {

    private static final String JOB = "job";
    private static final String JOB_TYPE = "jobType";
    /** As Quarkus names them. */
    private static final String TRACE = "traceId";
    private static final String SPAN = "spanId";

    /** @param span an invalid one if the job is not traced */
    JobLogContext(UUID job, String type, SpanContext span) {
        MDC.put(JOB, job);
        MDC.put(JOB_TYPE, type);
        if (span.isValid()) {
            MDC.put(TRACE, span.getTraceId());
            MDC.put(SPAN, span.getSpanId());
        }
    }

    void end() {
        MDC.remove(JOB);
        MDC.remove(JOB_TYPE);
        MDC.remove(TRACE);
        MDC.remove(SPAN);
    }
}
