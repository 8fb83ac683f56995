package dev.offstage.queue.relay;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Singleton;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RetriableException;
import org.jboss.logging.Logger;

import dev.offstage.background.BackgroundThread;
import dev.offstage.background.Timer;
import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.job.JobState;
import dev.offstage.job.ledger.JobsEnqueued;
import dev.offstage.job.ledger.Outbox;
import dev.offstage.job.ledger.OutboxEntry;
import dev.offstage.job.ledger.OutboxJob;
import dev.offstage.queue.EnginePart;
import dev.offstage.queue.JobSpans;
import dev.offstage.queue.Publisher;
import dev.offstage.queue.RecordFormat;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Dependency;
import dev.offstage.storage.Poll;

/**
 * Moves the outbox to Kafka. Jobs that this process commits are published at once, from memory; a sweep finds in
 * PostgreSQL whatever that missed: Kafka was down, the process died, or the job was not due yet.
 */
@Singleton
@Priority(40)
public class Relay implements EnginePart {

    private static final Logger LOG = Logger.getLogger(Relay.class);
    private static final int BATCH = 1_000;
    private static final long LONGEST_GATHERING_MS = 20;
    private static final int JOBS_PER_MS_OF_GATHERING = 10;
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(500);

    /** Each topic that cannot be reached costs seconds: with more of them than this, it is Kafka that cannot be. */
    private static final int MOST_TOPICS_GONE = 2;

    /** What cannot be sent while other jobs can must not stand before them each time. */
    private static final Duration BACK_OFF = Duration.ofSeconds(5);

    private final Outbox outbox;
    private final Publisher publisher;
    private final RecordFormat format;
    private final JobSpans spans;
    private final PublishedEntries published;
    private final boolean relays;
    private final BlockingQueue<OutboxEntry> committed = new LinkedBlockingQueue<>();
    /** How many more jobs memory may hold. */
    private final Semaphore room;
    private final Dependency kafka;
    private final Dependency postgresql;
    private final BackgroundThread publishing = new BackgroundThread("relay", Duration.ZERO,
            () -> take(this::publishCommitted));
    private final BackgroundThread sweeping = new BackgroundThread("sweep", Duration.ZERO, () -> take(this::sweep));
    private final Poll poll;
    private final Timer timer;

    Relay(Outbox outbox, Publisher publisher, RecordFormat format, JobSpans spans, PublishedEntries published,
            Timer timer, OffstageConfig config, Dependencies dependencies, Poll poll) {
        this.timer = timer;
        this.poll = poll;
        this.published = published;
        this.outbox = outbox;
        this.publisher = publisher;
        this.format = format;
        this.spans = spans;
        this.kafka = dependencies.kafka();
        this.postgresql = dependencies.postgresql();
        this.relays = config.has(Role.RELAY);
        this.room = new Semaphore(config.relay().queue());
    }

    /** Large jobs, and all when memory is full, stay in the outbox, and the sweep brings them. */
    void onCommit(@Observes(during = TransactionPhase.AFTER_SUCCESS) JobsEnqueued enqueued) {
        if (!relays) {
            return;
        }
        List<OutboxJob> due = enqueued.jobs().stream().filter(job -> job.state() == JobState.QUEUED).toList();
        OutboxEntry.of(due).forEach(this::publishSoon);
    }

    /** For jobs whose next records are due right now and whose rows say so. */
    public void publishSoon(OutboxEntry entry) {
        if (entry.jobs().stream().noneMatch(OutboxJob::isLarge) && room.tryAcquire(entry.jobs().size())) {
            committed.add(entry);
        }
    }

    /** From now on publishes what this process commits and, in a relay, what every process left in the outbox. */
    @Override
    public void start() {
        published.start();
        publishing.start();
        if (relays) {
            sweeping.startOnDemand();
            poll.when("exists (select from outbox where publish_at <= now())", sweeping::wake);
        }
    }

    /** The more there is to publish, the longer the next batch gathers: a record that is alone costs Kafka as much as ten. */
    void publishCommitted() throws InterruptedException, SQLException {
        List<OutboxEntry> batch = new ArrayList<>();
        int jobs = 0;
        for (OutboxEntry next = committed.take(); next != null; next = jobs < BATCH ? committed.poll() : null) {
            batch.add(next);
            jobs += next.jobs().size();
        }
        room.release(jobs);
        publish(batch, List.of());
        timer.sleep(Duration.ofMillis(Math.min(LONGEST_GATHERING_MS, jobs / JOBS_PER_MS_OF_GATHERING)));
    }

    void sweep() throws InterruptedException, SQLException {
        Outbox.Lease lease = outbox.lease(BATCH, LEASE);
        boolean allPublished = lease.entries().isEmpty() || publish(lease.entries(), lease.skipped());
        if (lease.more() && allPublished) {
            sweeping.wake();
        }
    }

    /**
     * Publishes jobs, and takes those out of the outbox that Kafka acknowledged; the rest is due again.
     *
     * @param skipped jobs of the entries that are not to be published now
     */
    private boolean publish(List<OutboxEntry> entries, List<OutboxJob> skipped)
            throws SQLException, InterruptedException {
        List<OutboxJob> jobs = entries.stream().flatMap(entry -> entry.jobs().stream()).toList();
        Map<OutboxJob, CompletableFuture<Void>> sends = send(jobs);
        List<OutboxJob> failed = new ArrayList<>();
        boolean othersCan = false;
        for (OutboxJob job : jobs) {
            CompletableFuture<Void> send = sends.get(job);
            Throwable failure = send == null ? null : send.handle((done, error) -> error).join();
            if (send == null || failure != null) {
                failed.add(job);
            }
            if (send != null) {
                if (!(failure instanceof UnwritableJob)) {
                    kafka.used(failure);
                }
                othersCan |= failure != null && !(failure instanceof RetriableException);
            }
        }
        boolean allPublished = failed.isEmpty();
        boolean backOff = othersCan || failed.size() < jobs.size() || jobs.isEmpty();
        failed.addAll(skipped);
        Set<UUID> unfinished = failed.stream().map(OutboxJob::entry).collect(Collectors.toSet());
        if (!failed.isEmpty()) {
            outbox.giveBack(List.copyOf(unfinished), failed, backOff ? BACK_OFF : Duration.ZERO);
        }
        finish(entries.stream().filter(entry -> !unfinished.contains(entry.id())).toList());
        return allPublished;
    }

    /**
     * Entries of dead letters are taken out at once, the others a little later: a second record of a job is recognised at the claim, a second
     * dead letter is not.
     */
    private void finish(List<OutboxEntry> all) throws SQLException, InterruptedException {
        Map<Boolean, List<OutboxEntry>> byDeath = all.stream()
                .collect(Collectors.partitioningBy(
                        entry -> entry.jobs().stream().anyMatch(job -> job.state() == JobState.DEAD)));
        if (!byDeath.get(true).isEmpty()) {
            outbox.published(byDeath.get(true).stream().map(OutboxEntry::id).toList());
        }
        published.add(byDeath.get(false));
    }

    /** A send that fails at once may have waited for its topic as long as it can: the others would, one after another. */
    private Map<OutboxJob, CompletableFuture<Void>> send(List<OutboxJob> jobs) {
        Map<OutboxJob, CompletableFuture<Void>> sends = new IdentityHashMap<>();
        Set<String> gone = new HashSet<>();
        for (OutboxJob job : jobs) {
            ProducerRecord<byte[], byte[]> record;
            try {
                record = format.fromOutbox(job);
            } catch (RuntimeException e) { // of a row that was edited by hand, for example; the others go on
                LOG.errorf(e, "The job %s cannot be written as a record: it stays in the outbox, and is tried again. "
                        + "Look at its row.", job.id());
                sends.put(job, CompletableFuture.failedFuture(new UnwritableJob(e)));
                continue;
            }
            if (gone.size() < MOST_TOPICS_GONE && !gone.contains(record.topic())) {
                CompletableFuture<Void> send = spans.send(record, publisher::sendNow);
                sends.put(job, send);
                if (Publisher.isKafkaGone(send)) {
                    gone.add(record.topic());
                }
            }
        }
        return sends;
    }

    /** Neither Kafka's nor PostgreSQL's fault. */
    private static final class UnwritableJob extends RuntimeException {

        private static final long serialVersionUID = 1L;

        UnwritableJob(RuntimeException cause) {
            super(cause);
        }
    }

    private interface Step {
        void run() throws InterruptedException, SQLException;
    }

    private void take(Step step) throws InterruptedException {
        try {
            step.run();
            postgresql.worked();
        } catch (SQLException e) {
            postgresql.failed(e);
            timer.sleep(PAUSE_AFTER_FAILURE);
        }
    }

    /** The lanes have ended before: their last dead letters are published. */
    @Override
    public void stop() {
        publishing.close();
        sweeping.close();
        published.stop();
    }
}
