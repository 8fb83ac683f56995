package dev.offstage.queue.lane;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;

import org.jboss.logging.Logger;

import io.opentelemetry.api.trace.Span;
import io.quarkus.arc.Arc;
import io.quarkus.arc.ManagedContext;

import dev.offstage.background.Timer;
import dev.offstage.job.Attempt;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobTypes;
import dev.offstage.job.ledger.Attempts;
import dev.offstage.job.ledger.Cancellations;
import dev.offstage.queue.JobSpans;

/**
 * Runs handlers, each attempt on a thread of its own. The lanes bound how many run at once; a handler that ignores its
 * interrupt keeps its thread, but not its place in the lane: it is stuck.
 */
@ApplicationScoped
class AttemptRunner {

    private static final Logger LOG = Logger.getLogger(AttemptRunner.class);
    private static final long PATIENCE_MS = 1_000;

    private final AtomicInteger stuck = new AtomicInteger();
    private final Map<UUID, CompletableFuture<AttemptEnd>> running = new ConcurrentHashMap<>();
    private final HandlerPools pools = new HandlerPools();
    private final Attempts attempts;
    private final JobSpans spans;
    private final Timer timer;
    private final Supplier<Runnable> requests;

    @Inject
    AttemptRunner(Attempts attempts, JobSpans spans, Timer timer) {
        this(attempts, spans, timer, () -> {
            ManagedContext request = Arc.container().requestContext();
            request.activate();
            return request::terminate;
        });
    }

    /** @param requests begins a request in the sense of CDI, for each attempt has one of its own, and gives what ends it */
    AttemptRunner(Attempts attempts, JobSpans spans, Timer timer, Supplier<Runnable> requests) {
        this.requests = requests;
        this.timer = timer;
        this.attempts = attempts;
        this.spans = spans;
    }

    /**
     * @param traceparent of the trace that the attempt belongs to; null if it belongs to none
     * @return never fails itself, and never ends if the handler failed under {@link #interruptAll}
     */
    <P> CompletionStage<AttemptEnd> run(JobTypes.Entry<P> type, Attempt<P> attempt, String traceparent) {
        CompletableFuture<AttemptEnd> end = new CompletableFuture<>();
        AtomicBoolean begun = new AtomicBoolean();
        Span span = spans.attempt(type.name(), attempt, traceparent);
        Future<?> run = pools.of(type.settings().threads()).submit(JobSpans.within(span, () -> {
            if (!begun.compareAndSet(false, true)) {
                return; // its time was over before a thread was free
            }
            AttemptEnd reached = handleSafely(type.handler(), attempt, span);
            if (reached instanceof AttemptEnd.Failed && pools.isShutdown()) {
                return; // the interrupt's doing, not the job's: it is given back
            }
            if (!end.complete(reached)) {
                stuck.decrementAndGet();
            }
        }));
        running.put(attempt.jobId(), end);
        Duration timeout = type.settings().timeout();
        Throwable late = new TimeoutException("The attempt took longer than the type's timeout of "
                + timeout.toString().substring(2).toLowerCase(Locale.ROOT) + ".");
        Timer.Delayed limit = timer.after(timeout, ForkJoinPool.commonPool(),
                () -> end.complete(new AttemptEnd.Failed(late)));
        end.thenAccept(reached -> {
            limit.cancel();
            running.remove(attempt.jobId(), end);
            Throwable error = reached instanceof AttemptEnd.Failed failed ? failed.error() : null;
            JobSpans.end(span, error);
            if (error == late || error instanceof AttemptCancelled) {
                if (!begun.compareAndSet(false, true)) { // else there is no handler that could be stuck
                    stuck.incrementAndGet();
                }
                run.cancel(true);
            }
        });
        return end;
    }

    void cancel(@Observes Cancellations.Asked asked) {
        for (UUID job : asked.jobs()) {
            CompletableFuture<AttemptEnd> end = running.get(job);
            if (end != null) {
                end.complete(new AttemptEnd.Failed(new AttemptCancelled()));
            }
        }
    }

    /** How many handlers are still running although their attempts have timed out. */
    int stuck() {
        return stuck.get();
    }

    /** What fails around the handler is an end, too: without one, the attempt would keep its place until its time is over. */
    private <P> AttemptEnd handleSafely(JobHandler<P> handler, Attempt<P> attempt, Span span) {
        try {
            return handle(handler, attempt, span);
        } catch (RuntimeException | Error e) {
            return new AttemptEnd.Failed(e);
        }
    }

    private <P> AttemptEnd handle(JobHandler<P> handler, Attempt<P> attempt, Span span) {
        Runnable endOfRequest = requests.get();
        JobLogContext lines = new JobLogContext(attempt.jobId(), handler.type().name(), span.getSpanContext());
        LOG.debugf("Attempt %d begins", attempt.number());
        try {
            handler.handle(attempt);
            return new AttemptEnd.Returned(attempts.output(attempt.end()));
        } catch (Throwable failure) {
            LOG.debugf(failure, "Attempt %d failed", attempt.number());
            return new AttemptEnd.Failed(failure);
        } finally {
            lines.end();
            endOfRequest.run();
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
