package dev.offstage.queue.lane;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import org.eclipse.microprofile.reactive.messaging.Message;
import org.jboss.logging.Logger;

import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.reactive.messaging.ChannelRegistry;

import dev.offstage.background.DaemonThreads;
import dev.offstage.background.Timer;
import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.job.JobTypes;
import dev.offstage.job.ledger.Attempts;
import dev.offstage.job.ledger.LaneControls;
import dev.offstage.job.ledger.Ledger;
import dev.offstage.queue.EnginePart;
import dev.offstage.queue.RecordReader;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Dependency;

/** The lanes of this process: one for each job type that it runs. */
@Singleton
@Priority(30)
class Lanes implements EnginePart {

    private static final Logger LOG = Logger.getLogger(Lanes.class);
    private static final long LOOK_MS = 20;
    /** Before a stream that could not be built is tried again. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final JobTypes types;
    private final ChannelRegistry channels;
    private final LaneStreams streams;
    private final RecordReader reader;
    private final Ledger ledger;
    private final AttemptRunner runner;
    private final FailedAttempts failures;
    private final UnreadableRecords unreadable;
    private final LaneControls controls;
    private final SharedBuckets buckets;
    private final Attempts attempts;
    private final Clock clock;
    private final Timer timer;
    private final OffstageConfig config;
    private final Dependency kafka;
    private final List<Lane<?>> lanes = new CopyOnWriteArrayList<>();
    private final List<Cancellable> subscriptions = new CopyOnWriteArrayList<>();
    /** For what waits for its time: at most a look for permits and a new stream for each lane. */
    private final ExecutorService threads = Executors.newCachedThreadPool(new DaemonThreads("lane"));
    private volatile boolean stopping;

    Lanes(JobTypes types, ChannelRegistry channels, LaneStreams streams, RecordReader reader, Ledger ledger,
            AttemptRunner runner, FailedAttempts failures, UnreadableRecords unreadable, LaneControls controls,
            SharedBuckets buckets, Attempts attempts, Clock clock, Timer timer, OffstageConfig config,
            Dependencies dependencies) {
        this.timer = timer;
        this.types = types;
        this.channels = channels;
        this.streams = streams;
        this.reader = reader;
        this.ledger = ledger;
        this.runner = runner;
        this.failures = failures;
        this.unreadable = unreadable;
        this.controls = controls;
        this.buckets = buckets;
        this.attempts = attempts;
        this.clock = clock;
        this.config = config;
        this.kafka = dependencies.kafka();
    }

    @Override
    public void start() {
        if (config.has(Role.WORKER)) {
            List<JobTypes.Entry<?>> ours = types.all()
                    .stream()
                    .filter(type -> config.hasLane(type.name()))
                    .toList();
            ours.forEach(this::start);
            LOG.infof("Lanes are open for %s", ours.stream().map(JobTypes.Entry::name).toList());
        }
    }

    private <P> void start(JobTypes.Entry<P> type) {
        Lane<P> lane = new Lane<>(type, reader, ledger, runner, failures, unreadable, clock,
                () -> controls.of(type.name()), new Permits(buckets, type.name(), threads, timer), attempts,
                timer);
        lanes.add(lane);
        for (var channel : channels.getPublishers(type.name())) {
            subscriptions
                    .add(lane.start((Flow.Publisher<? extends Message<?>>) channel, wait -> resumeAfter(wait, lane)));
        }
    }

    private void resumeAfter(Duration wait, Lane<?> lane) {
        if (!stopping) { // closing a stream may take long
            timer.after(wait, threads, () -> resume(lane));
        }
    }

    private void resume(Lane<?> lane) {
        try {
            if (!stopping) {
                lane.resume(streams.anew(lane.name()));
            }
        } catch (RuntimeException | Error e) {
            kafka.failed(e);
            resumeAfter(LONGEST_PAUSE, lane);
        }
    }

    void proceed(@Observes LaneControls.Changed event) {
        lanes.forEach(Lane::proceed);
    }

    /** Whether a lane has not read for minutes, though it tried again and again. */
    boolean anyStopped() {
        return lanes.stream().anyMatch(Lane::stopped);
    }

    /** Lets the attempts that run come to their end, for as long as the grace lasts, and interrupts the others. */
    @Override
    public void stop() {
        stopping = true;
        lanes.forEach(Lane::drain);
        awaitIdle();
        subscriptions.forEach(Cancellable::cancel);
        threads.shutdownNow();
        runner.interruptAll(); // before their jobs are given back, so that they run in one place
    }

    private void awaitIdle() {
        long deadline = System.nanoTime() + config.worker().grace().toNanos();
        try {
            while (!lanes.stream().allMatch(Lane::idle) && System.nanoTime() < deadline) {
                TimeUnit.MILLISECONDS.sleep(LOOK_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
