package dev.offstage.queue;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import org.eclipse.microprofile.reactive.messaging.Message;
import org.jboss.logging.Logger;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.reactive.messaging.ChannelRegistry;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.health.DaemonThreads;
import dev.offstage.health.Dependencies;
import dev.offstage.health.Dependency;
import dev.offstage.job.Attempts;
import dev.offstage.job.Heartbeat;
import dev.offstage.job.JobTypes;
import dev.offstage.job.LaneControls;
import dev.offstage.job.Ledger;

/** Starts relay, lanes and ladder once Kafka has the topics, and ends them in an order that loses no attempt. */
@Singleton
class Lanes {

    private static final Logger LOG = Logger.getLogger(Lanes.class);
    private static final long PAUSE_MS = 1_000;
    private static final long LOOK_MS = 20;
    /** Before a stream that could not be built is tried again. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    /** After everything else has started, and before anything else stops. */
    private static final int LAST = Integer.MAX_VALUE;

    private final Topics topics;
    private final Relay relay;
    private final Ladder ladder;
    private final ForgottenJobs forgotten;
    private final JobTypes types;
    private final ChannelRegistry channels;
    private final LaneStreams streams;
    private final RecordReader reader;
    private final Ledger ledger;
    private final AttemptRunner runner;
    private final FailedAttempts failures;
    private final UnreadableRecords unreadable;
    private final Heartbeat heartbeat;
    private final Clock clock;
    private final OffstageConfig config;
    private final List<Lane<?>> lanes = new CopyOnWriteArrayList<>();
    private final List<Cancellable> subscriptions = new CopyOnWriteArrayList<>();
    private final Dependency kafka;
    private final LaneControls controls;
    private final SharedBuckets buckets;
    private final Attempts attempts;
    /** For what waits for its time: at most a look for permits and a new stream for each lane. */
    private final ExecutorService threads = Executors.newCachedThreadPool(new DaemonThreads("lane"));
    private Thread starter;
    private volatile boolean stopping;

    Lanes(Topics topics, Relay relay, Ladder ladder, ForgottenJobs forgotten, JobTypes types, ChannelRegistry channels,
            RecordReader reader,
            Ledger ledger, AttemptRunner runner, FailedAttempts failures, UnreadableRecords unreadable,
            Heartbeat heartbeat, Clock clock, OffstageConfig config, Dependencies dependencies, LaneControls controls,
            SharedBuckets buckets, Attempts attempts, LaneStreams streams) {
        this.streams = streams;
        this.kafka = dependencies.kafka();
        this.topics = topics;
        this.relay = relay;
        this.ladder = ladder;
        this.forgotten = forgotten;
        this.types = types;
        this.channels = channels;
        this.reader = reader;
        this.ledger = ledger;
        this.runner = runner;
        this.failures = failures;
        this.unreadable = unreadable;
        this.heartbeat = heartbeat;
        this.clock = clock;
        this.config = config;
        this.controls = controls;
        this.buckets = buckets;
        this.attempts = attempts;
    }

    /** Kafka may be down: sign-ups work without it, so it is waited for beside the start. */
    void start(@Observes @Priority(LAST) StartupEvent event) {
        if (!config.has(Role.RELAY) && !config.has(Role.WORKER)) {
            return;
        }
        starter = new Thread(this::startWhenKafkaIsThere, "offstage-start");
        starter.setDaemon(true);
        starter.start();
    }

    private void startWhenKafkaIsThere() {
        try {
            while (!createTopics()) {
                TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
            }
        } catch (InterruptedException e) {
            return;
        }
        open();
    }

    private synchronized void open() {
        if (stopping) {
            return;
        }
        relay.start();
        if (config.has(Role.RELAY)) {
            relay.startSweep();
            ladder.start();
            forgotten.start();
        }
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
                () -> controls.of(type.name()), new Permits(buckets, type.name(), threads), attempts);
        lanes.add(lane);
        for (var channel : channels.getPublishers(type.name())) {
            subscriptions
                    .add(lane.start((Flow.Publisher<? extends Message<?>>) channel, wait -> resumeAfter(wait, lane)));
        }
    }

    private void resumeAfter(Duration wait, Lane<?> lane) {
        if (!stopping) { // closing a stream may take long
            CompletableFuture.delayedExecutor(wait.toMillis(), TimeUnit.MILLISECONDS, threads)
                    .execute(() -> resume(lane));
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

    /** A name that does not resolve is Kafka's client's to throw, before there is any connection to fail. */
    private boolean createTopics() throws InterruptedException {
        try {
            topics.createMissing();
            kafka.worked();
            return true;
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            kafka.failed(e);
            return false;
        }
    }

    /** Whether a lane has not read for minutes, though it tried again and again. */
    boolean anyStopped() {
        return lanes.stream().anyMatch(Lane::stopped);
    }

    void stop(@Observes @Priority(1) ShutdownEvent event) {
        if (starter == null) {
            return;
        }
        synchronized (this) { // what is being opened is open then, and is closed
            stopping = true;
        }
        starter.interrupt();
        forgotten.stop();
        ladder.stop();
        lanes.forEach(Lane::drain);
        awaitIdle();
        subscriptions.forEach(Cancellable::cancel);
        threads.shutdownNow();
        runner.interruptAll(); // before their jobs are given back, so that they run in one place
        relay.stop(); // last, for the dead letters of the jobs that were still running
        try {
            heartbeat.signOff();
        } catch (SQLException e) {
            LOG.warnf("PostgreSQL cannot be reached; other workers will take over this one's jobs: %s", e.getMessage());
        }
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
