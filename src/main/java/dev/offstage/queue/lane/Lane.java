package dev.offstage.queue.lane;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.jboss.logging.Logger;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.reactive.messaging.kafka.api.IncomingKafkaRecordMetadata;

import dev.offstage.background.Timer;
import dev.offstage.job.Attempt;
import dev.offstage.job.JobTypes;
import dev.offstage.job.PermanentFailure;
import dev.offstage.job.ledger.AttemptId;
import dev.offstage.job.ledger.AttemptOutput;
import dev.offstage.job.ledger.Attempts;
import dev.offstage.job.ledger.Claim;
import dev.offstage.job.ledger.Delivery;
import dev.offstage.job.ledger.LaneControls.LaneControl;
import dev.offstage.job.ledger.Ledger;
import dev.offstage.job.ledger.Settlement;
import dev.offstage.queue.RecordFormat;
import dev.offstage.queue.RecordReader;
import dev.offstage.queue.UnfitPayload;
import dev.offstage.queue.UnreadableRecord;
import dev.offstage.storage.StorageException;

/**
 * The consumer of one job type. It claims the attempt that a record asks for, runs it, settles it, and acknowledges
 * the record once PostgreSQL holds the outcome.
 *
 * @param <P> the payload
 */
final class Lane<P> {

    private static final Logger LOG = Logger.getLogger(Lane.class);

    /** How long it is tried to learn whether a job that cannot be claimed has a row. */
    private static final Duration LOOKS = Duration.ofMinutes(1);
    /** Between tries of what failed. */
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LAST_PAUSE = Duration.ofSeconds(10);

    private final JobTypes.Entry<P> type;
    private final RecordReader reader;
    private final Ledger ledger;
    private final AttemptRunner runner;
    private final FailedAttempts failures;
    private final UnreadableRecords unreadable;
    private final Clock clock;
    private final Supplier<LaneControl> control;
    private final Permits permits;
    private final Attempts attempts;
    private final Timer timer;
    private final List<Intake<Message<?>>> intakes = new CopyOnWriteArrayList<>();

    /** A second delivery of what runs here right now must not claim it again. */
    private final Map<AttemptId, InFlight> inFlight = new ConcurrentHashMap<>();
    private volatile boolean draining;
    private final Resubscription resubscription;

    /**
     * An attempt that this lane has taken up.
     *
     * @param claimed done when PostgreSQL has said whether it may run
     * @param repeat its last further delivery; null if there was none
     */
    private record InFlight(CompletableFuture<Void> claimed, ConsumerRecord<byte[], byte[]> repeat) {}

    Lane(JobTypes.Entry<P> type, RecordReader reader, Ledger ledger, AttemptRunner runner,
            FailedAttempts failures, UnreadableRecords unreadable, Clock clock, Supplier<LaneControl> control,
            Permits permits, Attempts attempts, Timer timer) {
        this.timer = timer;
        this.resubscription = new Resubscription(timer::nanoTime);
        this.type = type;
        this.reader = reader;
        this.ledger = ledger;
        this.runner = runner;
        this.failures = failures;
        this.unreadable = unreadable;
        this.clock = clock;
        this.control = control;
        this.permits = permits;
        this.attempts = attempts;
    }

    /** @param anew called when the stream has failed, with how long to wait before {@link #resume} */
    Cancellable start(Flow.Publisher<? extends Message<?>> channel, Consumer<Duration> anew) {
        Intake<Message<?>> intake = new Intake<>(control, type.settings().prefetch(), permits,
                message -> recordOf(message).partition(), this::process, failure -> failed(failure, anew), timer);
        intakes.add(intake);
        channel.subscribe(intake);
        return intake;
    }

    private void failed(Throwable failure, Consumer<Duration> anew) {
        if (!draining) {
            Duration wait = resubscription.failed();
            LOG.warnf("The lane %s cannot read from Kafka, and subscribes again in %d s: %s", type.name(),
                    wait.toSeconds(), failure);
            anew.accept(wait);
        }
    }

    /** Reads from a new stream instead of the one that failed; what runs goes on. */
    void resume(Flow.Publisher<? extends Message<?>> channel) {
        if (!draining) {
            intakes.forEach(channel::subscribe);
            resubscription.opened();
        }
    }

    String name() {
        return type.name();
    }

    /** What holds for the lane has changed. */
    void proceed() {
        intakes.forEach(Intake::proceed);
    }

    /** Whether it has not read for minutes, though it tried. */
    boolean stopped() {
        return resubscription.isHopeless();
    }

    /** From now on no record is worked on; those that come stay unacknowledged and go to another worker. */
    void drain() {
        draining = true;
    }

    boolean idle() {
        return inFlight.isEmpty();
    }

    private Uni<Void> process(Message<?> message) {
        ConsumerRecord<byte[], byte[]> record = recordOf(message);
        return Uni.createFrom()
                .deferred(() -> draining ? Uni.createFrom().<Void>nothing() : attemptOrDeadLetter(record))
                .onFailure()
                .invoke(failure -> LOG.errorf(failure, "The record %s could not be settled; it is tried again. "
                        + "Report this error.", RecordFormat.coordinates(record)))
                .onFailure()
                .retry()
                .withBackOff(FIRST_PAUSE, LAST_PAUSE)
                .indefinitely()
                .chain(() -> Uni.createFrom().completionStage(message.ack()))
                .onFailure()
                .invoke(failure -> LOG.errorf(failure,
                        "The record %s is settled, and Kafka could not be told: it comes "
                                + "again, and is recognised",
                        RecordFormat.coordinates(record)))
                .onFailure()
                .recoverWithNull();
    }

    private Uni<Void> attemptOrDeadLetter(ConsumerRecord<byte[], byte[]> record) {
        return attempt(record)
                .onFailure(UnreadableRecord.class)
                .recoverWithUni(reason -> unreadable.toDeadLetters(type.name(), record, reason));
    }

    private Uni<Void> attempt(ConsumerRecord<byte[], byte[]> record) {
        RecordReader.Readable<P> readable;
        try {
            readable = reader.read(record, type.type());
        } catch (UnfitPayload e) {
            return once(e.delivery(), record, () -> claimIfKnown(e),
                    claim -> isOf(e.delivery(), claim) ? refuse(claim, e, record) : runRow(claim, record));
        } catch (UnreadableRecord e) {
            return Uni.createFrom().failure(e);
        } catch (RuntimeException | StackOverflowError e) {
            return Uni.createFrom().failure(new UnreadableRecord("The record cannot be read: " + e));
        }
        return once(readable.delivery(), record, () -> claim(readable.delivery()),
                claim -> isOf(readable.delivery(), claim)
                        ? run(claim, readable.payload(), record)
                        : runRow(claim, record));
    }

    private static boolean isOf(Delivery delivery, Claim claim) {
        return claim.delivery().payload().equals(delivery.payload());
    }

    /** A record with another payload than the job's row was written by another program: the job runs with the row's payload. */
    private Uni<Boolean> runRow(Claim claim, ConsumerRecord<byte[], byte[]> record) {
        LOG.warnf("The record %s has another payload than its job %s: the job runs with its own",
                RecordFormat.coordinates(record), claim.delivery().id());
        try {
            return run(claim, reader.payload(claim.delivery(), type.type()), record);
        } catch (UnfitPayload e) {
            return refuse(claim, e, record);
        }
    }

    /** Claims an attempt and does what is to be done then, unless it is under way here. */
    private Uni<Void> once(Delivery delivery, ConsumerRecord<byte[], byte[]> record,
            Supplier<Uni<Optional<Claim>>> claiming, Function<Claim, Uni<Boolean>> then) {
        AttemptId id = AttemptId.of(delivery);
        CompletableFuture<Void> claimed = new CompletableFuture<>();
        InFlight taken = inFlight.merge(id, new InFlight(claimed, null),
                (first, second) -> new InFlight(first.claimed, record));
        if (taken.claimed != claimed) { // only then does PostgreSQL hold what may be the one trace of the job
            return Uni.createFrom().completionStage(taken.claimed);
        }
        return claiming.get()
                .eventually(() -> claimed.complete(null))
                .invoke(claim -> claim.ifPresent(held -> remember(id, held, claimed)))
                .chain(claim -> claim.map(held -> doOrGiveBack(held, then).eventually(() -> forget(id, held)))
                        .orElse(Uni.createFrom().item(true)))
                .onItemOrFailure()
                .transformToUni((held, failure) -> end(id, held, failure));
    }

    /** A job that is claimed must not stay so if this process cannot run it, for want of a thread, for example. */
    private Uni<Boolean> doOrGiveBack(Claim claim, Function<Claim, Uni<Boolean>> then) {
        return Uni.createFrom()
                .deferred(() -> then.apply(claim))
                .onFailure()
                .recoverWithUni(failure -> {
                    LOG.errorf(failure,
                            "Attempt %d of job %s could not be run or settled here: the job goes back to its "
                                    + "queue. Report this error.",
                            claim.delivery().attempt(), claim.delivery().id());
                    return failures.giveBack(claim);
                });
    }

    /** A job of another program runs under its row's id: a record of ours that asks for it once more must find it here, too. */
    private void remember(AttemptId asked, Claim claim, CompletableFuture<Void> claimed) {
        AttemptId ofRow = AttemptId.of(claim.delivery());
        if (!ofRow.equals(asked)) {
            inFlight.putIfAbsent(ofRow, new InFlight(claimed, null));
        }
    }

    private void forget(AttemptId asked, Claim claim) {
        AttemptId ofRow = AttemptId.of(claim.delivery());
        if (!ofRow.equals(asked)) {
            inFlight.remove(ofRow);
        }
    }

    /** A job with a row has to end: its payload was fit when it was enqueued, but its type may have changed since. */
    private Uni<Optional<Claim>> claimIfKnown(UnfitPayload reason) {
        return Uni.createFrom()
                .completionStage(() -> ledger.isKnown(reason.delivery()))
                .chain(known -> known ? claim(reason.delivery()) : Uni.createFrom().failure(reason));
    }

    private Uni<Boolean> refuse(Claim claim, UnfitPayload reason, ConsumerRecord<?, ?> record) {
        return failures.settle(claim, new PermanentFailure(reason.getMessage(), reason), type.retries(), record);
    }

    private Uni<Optional<Claim>> claim(Delivery delivery) {
        return Uni.createFrom()
                .completionStage(() -> ledger.claim(delivery))
                .onFailure(StorageException.class)
                .recoverWithUni(refusal -> leaveToForgottenJobs(delivery, refusal));
    }

    /**
     * PostgreSQL refuses to let the job be claimed. If it has a row, that row is what is wrong, and the job stays in its queue: the
     * search for forgotten jobs publishes it again after a while. The record of a job without one is all there is of it, and goes
     * to the dead letters.
     */
    private Uni<Optional<Claim>> leaveToForgottenJobs(Delivery delivery, Throwable refusal) {
        UnreadableRecord unclaimable = new UnreadableRecord(
                "PostgreSQL cannot hold the job: " + refusal.getCause().getMessage());
        if (delivery.diedAt() != null) { // an operator sent it back, and is to see that nothing came of it
            return Uni.createFrom().failure(unclaimable);
        }
        return Uni.createFrom()
                .completionStage(() -> ledger.isKnown(delivery))
                .onFailure(StorageException.class)
                .retry()
                .withBackOff(FIRST_PAUSE, LAST_PAUSE)
                .expireIn(LOOKS.toMillis())
                .onFailure()
                .transform(failure -> unclaimable)
                .chain(known -> known ? notNow(delivery, refusal) : Uni.createFrom().failure(unclaimable));
    }

    private static Uni<Optional<Claim>> notNow(Delivery delivery, Throwable refusal) {
        LOG.errorf(
                "PostgreSQL does not let job %s be claimed; it is tried again later. Look for a trigger on the table "
                        + "job, or for damage to this row. %s",
                delivery.id(), refusal.getMessage());
        return Uni.createFrom().item(Optional.empty());
    }

    /**
     * Ends an attempt in this lane, and takes up the second delivery of it if that is needed. Example: this worker is taken for dead, its
     * job goes back to the queue, and the new record comes to this same lane while the handler still runs. It was passed over as a repeat. Now
     * the settlement has said that the claim is lost, so that record is worked on.
     */
    private Uni<Void> end(AttemptId id, Boolean held, Throwable failure) {
        ConsumerRecord<byte[], byte[]> repeat = inFlight.remove(id).repeat;
        if (failure != null) {
            return Uni.createFrom().failure(failure);
        }
        return held || repeat == null ? Uni.createFrom().voidItem() : attempt(repeat);
    }

    /** False if this worker no longer held the claim at the end. */
    private Uni<Boolean> run(Claim claim, P payload, ConsumerRecord<?, ?> record) {
        Attempt<P> attempt = attempts.begin(claim, payload, Instant.ofEpochMilli(record.timestamp()));
        return Uni.createFrom()
                .completionStage(() -> runner.run(type, attempt, claim.delivery().traceparent()))
                .chain(end -> end instanceof AttemptEnd.Returned returned
                        ? complete(claim, returned.output(), record)
                        : failures.settle(claim, ((AttemptEnd.Failed) end).error(), type.retries(), record));
    }

    private Uni<Boolean> complete(Claim claim, AttemptOutput output, ConsumerRecord<?, ?> record) {
        Settlement completed = new Settlement.Completed(claim, clock.instant(), output);
        return Uni.createFrom()
                .completionStage(() -> ledger.settle(completed))
                .onFailure(StorageException.class)
                .recoverWithUni(refusal -> failures.settle(claim, unstorable(refusal), type.retries(), record));
    }

    private static PermanentFailure unstorable(Throwable refusal) {
        return new PermanentFailure("The job was done, but PostgreSQL cannot hold its result or the jobs that follow: "
                + refusal.getCause().getMessage(), refusal);
    }

    @SuppressWarnings("unchecked")
    private static ConsumerRecord<byte[], byte[]> recordOf(Message<?> message) {
        return message.getMetadata(IncomingKafkaRecordMetadata.class)
                .map(metadata -> (ConsumerRecord<byte[], byte[]>) metadata.getRecord())
                .orElseThrow(() -> new IllegalStateException("A lane reads from Kafka only."));
    }
}
