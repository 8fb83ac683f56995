package dev.offstage.queue;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import org.jboss.logging.Logger;

import io.opentelemetry.api.trace.Span;
import io.quarkus.arc.Arc;
import io.quarkus.arc.ManagedContext;

import dev.offstage.job.Attempt;
import dev.offstage.job.Cancellations;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobTypes;

/**
 * Runs handlers, each attempt on a thread of its own. The lanes bound how many run at once; a handler that ignores its
 * interrupt keeps its thread, but not its place in the lane: it is stuck.
 */
@ApplicationScoped
class AttemptRunner {

    private static final Logger LOG = Logger.getLogger(AttemptRunner.class);
    private static final long PATIENCE_MS = 1_000;

    private final AtomicInteger stuck = new AtomicInteger();
    private final Map<UUID, CompletableFuture<Optional<Throwable>>> running = new ConcurrentHashMap<>();
    private final HandlerPools pools = new HandlerPools();
    private final JobSpans spans;

    AttemptRunner(JobSpans spans) {
        this.spans = spans;
    }

    /**
     * @param traceparent of the trace that the attempt belongs to; null if it belongs to none
     * @return what the handler threw, or why what it asked for cannot be stored, or empty if it returned; never fails itself, and never ends if the handler failed
     *         under {@link #interruptAll}
     */
    <P> CompletionStage<Optional<Throwable>> run(JobTypes.Entry<P> type, Attempt<P> attempt, String traceparent) {
        CompletableFuture<Optional<Throwable>> outcome = new CompletableFuture<>();
        AtomicBoolean begun = new AtomicBoolean();
        Span span = spans.attempt(type.name(), attempt, traceparent);
        Future<?> run = pools.of(type.settings().threads()).submit(JobSpans.within(span, () -> {
            if (!begun.compareAndSet(false, true)) {
                return; // its time was over before a thread was free
            }
            Optional<Throwable> error = handle(type.handler(), attempt, span);
            if (error.isPresent() && pools.isShutdown()) {
                return; // the interrupt's doing, not the job's: it is given back
            }
            if (!outcome.complete(error)) {
                stuck.decrementAndGet();
            }
        }));
        running.put(attempt.jobId(), outcome);
        Duration timeout = type.settings().timeout();
        Throwable late = new TimeoutException("The attempt took longer than the type's timeout of "
                + timeout.toString().substring(2).toLowerCase(Locale.ROOT) + ".");
        outcome.completeOnTimeout(Optional.of(late), timeout.toMillis(), TimeUnit.MILLISECONDS)
                .thenAccept(error -> {
                    running.remove(attempt.jobId(), outcome);
                    JobSpans.end(span, error.orElse(null));
                    if (error.filter(reason -> reason == late || reason instanceof AttemptCancelled).isPresent()) {
                        if (!begun.compareAndSet(false, true)) { // else there is no handler that could be stuck
                            stuck.incrementAndGet();
                        }
                        run.cancel(true);
                    }
                });
        return outcome;
    }

    void cancel(@Observes Cancellations.Asked asked) {
        for (UUID job : asked.jobs()) {
            CompletableFuture<Optional<Throwable>> outcome = running.get(job);
            if (outcome != null) {
                outcome.complete(Optional.of(new AttemptCancelled()));
            }
        }
    }

    /** How many handlers are still running although their attempts have timed out. */
    int stuck() {
        return stuck.get();
    }

    private static <P> Optional<Throwable> handle(JobHandler<P> handler, Attempt<P> attempt, Span span) {
        ManagedContext request = Arc.container().requestContext();
        request.activate();
        JobLogContext lines = new JobLogContext(attempt.jobId(), handler.type().name(), span.getSpanContext());
        LOG.debugf("Attempt %d begins", attempt.number());
        try {
            handler.handle(attempt);
            attempt.end();
            return Optional.empty();
        } catch (Throwable failure) {
            LOG.debugf(failure, "Attempt %d failed", attempt.number());
            return Optional.of(failure);
        } finally {
            lines.end();
            request.terminate();
        }
    }

    /** Ends every attempt; returns when the handlers have heeded their interrupts, or after a second. */
    @PreDestroy
    void interruptAll() {
        try {
            pools.shutdownNow(PATIENCE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
