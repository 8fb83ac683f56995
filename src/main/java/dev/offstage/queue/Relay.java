package dev.offstage.queue;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Singleton;

import org.jboss.logging.Logger;

import dev.offstage.config.OffstageConfig;
import dev.offstage.health.Dependencies;
import dev.offstage.health.Dependency;
import dev.offstage.job.JobState;
import dev.offstage.job.JobsEnqueued;
import dev.offstage.job.Outbox;
import dev.offstage.job.OutboxJob;

/**
 * Moves the outbox to Kafka. Jobs that this process commits are published at once, from memory; a sweep finds in
 * PostgreSQL whatever that missed: Kafka was down, the process died, or the job was not due yet.
 */
@Singleton
class Relay {

    private static final Logger LOG = Logger.getLogger(Relay.class);
    private static final int BATCH = 1_000;
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final long PAUSE_AFTER_FAILURE_MS = 500;

    private final Outbox outbox;
    private final Publisher publisher;
    private final RecordFormat format;
    private final Duration sweepEvery;
    private final BlockingQueue<OutboxJob> committed;
    private final Dependency kafka;
    private final Dependency postgresql;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean open = true;

    Relay(Outbox outbox, Publisher publisher, RecordFormat format, OffstageConfig config,
            Dependencies dependencies) {
        this.outbox = outbox;
        this.publisher = publisher;
        this.format = format;
        this.kafka = dependencies.kafka();
        this.postgresql = dependencies.postgresql();
        this.sweepEvery = config.relay().sweepEvery();
        this.committed = new ArrayBlockingQueue<>(config.relay().queue());
    }

    /** If memory is full the jobs stay in the outbox, and the sweep brings them. */
    void onCommit(@Observes(during = TransactionPhase.AFTER_SUCCESS) JobsEnqueued enqueued) {
        enqueued.jobs().stream().filter(job -> job.state() == JobState.QUEUED).forEach(committed::offer);
    }

    /** For a job whose next record is due right now and whose row says so. */
    void publishSoon(OutboxJob job) {
        committed.offer(job);
    }

    /** From now on publishes what this process commits. */
    void start() {
        start("offstage-relay", this::publishCommitted);
    }

    /** From now on publishes what every process left in the outbox, too. */
    void startSweep() {
        start("offstage-sweep", this::sweep);
    }

    private void start(String name, Step step) {
        Thread thread = new Thread(() -> repeat(step), name);
        threads.add(thread);
        thread.start();
    }

    private void publishCommitted() throws InterruptedException, SQLException {
        List<OutboxJob> batch = new ArrayList<>(List.of(committed.take()));
        committed.drainTo(batch, BATCH - 1);
        publish(batch);
    }

    private void sweep() throws InterruptedException, SQLException {
        List<OutboxJob> due = outbox.lease(BATCH, LEASE);
        boolean allPublished = due.isEmpty() || publish(due);
        if (due.size() < BATCH || !allPublished) {
            TimeUnit.MILLISECONDS.sleep(sweepEvery.toMillis());
        }
    }

    /** Publishes and marks what Kafka acknowledged; the rest is due again. */
    private boolean publish(List<OutboxJob> jobs) throws SQLException {
        List<CompletableFuture<Void>> sends = sendUntilRefused(jobs);
        List<OutboxJob> published = new ArrayList<>();
        List<OutboxJob> failed = new ArrayList<>(jobs.subList(sends.size(), jobs.size()));
        for (int i = 0; i < sends.size(); i++) {
            Throwable failure = sends.get(i).handle((done, error) -> error).join();
            (failure == null ? published : failed).add(jobs.get(i));
            kafka.used(failure);
        }
        if (!failed.isEmpty()) {
            outbox.giveBack(failed);
        }
        if (!published.isEmpty()) {
            outbox.published(published);
        }
        return failed.isEmpty();
    }

    /** A send that fails at once may have waited for Kafka as long as it can: the others would, one after another. */
    private List<CompletableFuture<Void>> sendUntilRefused(List<OutboxJob> jobs) {
        List<CompletableFuture<Void>> sends = new ArrayList<>();
        for (OutboxJob job : jobs) {
            CompletableFuture<Void> send = publisher.sendNow(format.fromOutbox(job));
            sends.add(send);
            if (Publisher.isKafkaGone(send)) {
                break;
            }
        }
        return sends;
    }

    private interface Step {
        void run() throws InterruptedException, SQLException;
    }

    private void repeat(Step step) {
        while (open) {
            try {
                step.run();
                postgresql.worked();
            } catch (InterruptedException e) {
                return;
            } catch (SQLException e) {
                postgresql.failed(e);
                pause();
            } catch (RuntimeException e) {
                LOG.error("A round of the relay failed; its jobs are still in the outbox and will be swept", e);
                pause();
            }
        }
    }

    private void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_AFTER_FAILURE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            open = false;
        }
    }

    void stop() {
        open = false;
        threads.forEach(Thread::interrupt);
    }
}
