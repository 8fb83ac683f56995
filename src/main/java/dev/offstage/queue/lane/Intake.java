package dev.offstage.queue.lane;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

import org.jboss.logging.Logger;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;

import dev.offstage.background.Timer;
import dev.offstage.job.ledger.LaneControls.LaneControl;

/**
 * Lets as many items of a stream be worked on at once as a lane may run jobs, and takes its partitions in turn. That number
 * may change at any time: what has arrived and may not start waits here, and only so many are asked for.
 *
 * @param <T> the items
 */
final class Intake<T> implements Flow.Subscriber<T>, Cancellable {

    private static final Logger LOG = Logger.getLogger(Intake.class);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);

    private final Supplier<LaneControl> control;
    private final int prefetch;
    private final Permits permits;
    private final ToIntFunction<T> partition;
    private final Function<T, Uni<Void>> work;
    private final Consumer<Throwable> stopped;
    private final Timer timer;

    private final Queue<T> arrived = new ConcurrentLinkedQueue<>();
    private final AtomicLong ended = new AtomicLong();
    private volatile Flow.Subscription subscription;
    /** Set while a stream is to take the place of one that failed. */
    private final AtomicReference<Flow.Subscription> next = new AtomicReference<>();

    /**
     * How often {@link #proceed} was called and not heeded yet. One thread at a time takes steps: the one that raised it from 0. Example: two
     * attempts end at once on two threads. The first finds 0 and works; the second finds 1 and leaves. The first sees 2 and works once more.
     */
    private final AtomicInteger signals = new AtomicInteger();
    private final Turns<T> waiting = new Turns<>();
    private long asked;
    private long started;

    /**
     * @param control what holds right now
     * @param prefetch how many may wait here, so that those of several partitions do
     * @param permits of which each item takes one before it starts
     * @param partition from which an item came
     * @param work must not fail
     * @param stopped called when the stream has ended, which it should not, with the reason; another one may be subscribed to then
     */
    Intake(Supplier<LaneControl> control, int prefetch, Permits permits, ToIntFunction<T> partition,
            Function<T, Uni<Void>> work, Consumer<Throwable> stopped, Timer timer) {
        this.timer = timer;
        this.control = control;
        this.prefetch = prefetch;
        this.permits = permits;
        this.partition = partition;
        this.work = work;
        this.stopped = stopped;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        next.set(subscription);
        if (this.subscription == null) {
            this.subscription = subscription;
        }
        proceed();
    }

    @Override
    public void onNext(T item) {
        arrived.add(item);
        proceed();
    }

    /** Starts what may start, and asks for more if there is room. To be called whenever either may have changed. */
    void proceed() {
        if (subscription == null || signals.getAndIncrement() > 0) {
            return;
        }
        int heeded;
        do {
            heeded = signals.get();
            stepSafely();
        } while (signals.addAndGet(-heeded) > 0);
    }

    /** A failure here must not leave the signals raised: no thread would find 0 again, and the lane would never take another step. */
    private void stepSafely() {
        try {
            step(control.get());
        } catch (RuntimeException | Error e) {
            LOG.error("A lane could not go on; it tries again in a second. Report this error.", e);
            timer.after(PAUSE_AFTER_FAILURE, ForkJoinPool.commonPool(), this::proceed);
        }
    }

    /** What waits here of a stream that failed comes again with the next one. */
    private void takeNext() {
        Flow.Subscription opened = next.getAndSet(null);
        if (opened != null) {
            subscription = opened;
            arrived.clear();
            while (!waiting.isEmpty()) {
                waiting.remove();
            }
            asked = started;
        }
    }

    private void step(LaneControl now) {
        takeNext();
        if (now.paused()) {
            return;
        }
        for (T item = arrived.poll(); item != null; item = arrived.poll()) {
            waiting.add(partition.applyAsInt(item), item);
        }
        while (!waiting.isEmpty() && started - ended.get() < now.concurrency()
                && permits.take(now.rateLimit(), this::proceed)) {
            T item = waiting.remove();
            started++;
            Uni.createFrom().deferred(() -> work.apply(item)).subscribe().with(done -> end(), failure -> end());
        }
        long room = now.concurrency() + prefetch - (asked - ended.get());
        if (room > 0) {
            asked += room;
            subscription.request(room);
        }
    }

    private void end() {
        ended.incrementAndGet();
        proceed();
    }

    @Override
    public void onError(Throwable failure) {
        stopped.accept(failure);
    }

    @Override
    public void onComplete() {
        stopped.accept(new IllegalStateException("The stream has ended."));
    }

    /** Does nothing if there has been no stream yet. */
    @Override
    public void cancel() {
        Flow.Subscription reading = subscription;
        if (reading != null) {
            reading.cancel();
        }
    }
}
