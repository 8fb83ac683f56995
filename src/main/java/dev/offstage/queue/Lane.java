package dev.offstage.queue;

import java.time.Clock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.jboss.logging.Logger;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.reactive.messaging.kafka.api.IncomingKafkaRecordMetadata;

import dev.offstage.job.Attempt;
import dev.offstage.job.AttemptId;
import dev.offstage.job.Claim;
import dev.offstage.job.Delivery;
import dev.offstage.job.JobTypes;
import dev.offstage.job.Ledger;
import dev.offstage.job.Settlement;
import dev.offstage.job.StorageException;

/**
 * The consumer of one job type. It claims the attempt that a record asks for, runs it, settles it, and acknowledges
 * the record once PostgreSQL holds the outcome.
 *
 * @param <P> the payload
 */
final class Lane<P> {

    private static final Logger LOG = Logger.getLogger(Lane.class);

    private final JobTypes.Entry<P> type;
    private final RecordReader reader;
    private final Ledger ledger;
    private final AttemptRunner runner;
    private final FailedAttempts failures;
    private final UnreadableRecords unreadable;
    private final Clock clock;

    /** A second delivery of what runs here right now must not claim it again. */
    private final Set<AttemptId> inFlight = ConcurrentHashMap.newKeySet();
    private volatile boolean draining;

    Lane(JobTypes.Entry<P> type, RecordReader reader, Ledger ledger, AttemptRunner runner,
            FailedAttempts failures, UnreadableRecords unreadable, Clock clock) {
        this.type = type;
        this.reader = reader;
        this.ledger = ledger;
        this.runner = runner;
        this.failures = failures;
        this.unreadable = unreadable;
        this.clock = clock;
    }

    Cancellable start(Flow.Publisher<? extends Message<?>> channel) {
        return Multi.createFrom()
                .publisher(channel)
                .onItem()
                .transformToUni(this::process)
                .merge(type.settings().concurrency())
                .subscribe()
                .with(done -> {}, failure -> LOG.errorf(failure,
                        "The lane %s has stopped: restart this process, and report this error", type.name()));
    }

    /** From now on no record is worked on; those that come stay unacknowledged and go to another worker. */
    void drain() {
        draining = true;
    }

    boolean idle() {
        return inFlight.isEmpty();
    }

    private Uni<Void> process(Message<?> message) {
        if (draining) {
            return Uni.createFrom().nothing();
        }
        ConsumerRecord<byte[], byte[]> record = recordOf(message);
        return attempt(record)
                .onFailure(Lane::isTheRecordsFault)
                .recoverWithUni(reason -> unreadable.toDeadLetters(type.name(), record, reason))
                .chain(() -> Uni.createFrom().completionStage(message.ack()))
                .onFailure()
                .invoke(failure -> LOG.warnf("%s could not be acknowledged and will come again: %s",
                        record.topic(), failure.getMessage()))
                .onFailure()
                .recoverWithNull();
    }

    /** Such a record can never be worked on; any other failure leaves it unacknowledged, so that it comes again. */
    private static boolean isTheRecordsFault(Throwable failure) {
        return failure instanceof UnreadableRecord || failure instanceof StorageException;
    }

    private Uni<Void> attempt(ConsumerRecord<byte[], byte[]> record) {
        RecordReader.Readable<P> readable;
        try {
            readable = reader.read(record, type.type());
        } catch (UnreadableRecord e) {
            return Uni.createFrom().failure(e);
        }
        AttemptId id = AttemptId.of(readable.delivery());
        if (!inFlight.add(id)) {
            return Uni.createFrom().voidItem();
        }
        return Uni.createFrom()
                .completionStage(() -> ledger.claim(readable.delivery()))
                .chain(claim -> claim.isPresent()
                        ? run(claim.get(), readable.payload(), record)
                        : Uni.createFrom().voidItem())
                .eventually(() -> inFlight.remove(id));
    }

    private Uni<Void> run(Claim claim, P payload, ConsumerRecord<?, ?> record) {
        Delivery delivery = claim.delivery();
        Attempt<P> attempt = new Attempt<>(delivery.id(), delivery.attempt(), payload, delivery.createdAt());
        return Uni.createFrom()
                .completionStage(() -> runner.run(type, attempt))
                .chain(error -> error.isEmpty()
                        ? complete(claim)
                        : failures.settle(claim, error.get(), type.retries(), record));
    }

    private Uni<Void> complete(Claim claim) {
        Settlement completed = new Settlement.Completed(claim, clock.instant());
        return Uni.createFrom().completionStage(() -> ledger.settle(completed)).replaceWithVoid();
    }

    @SuppressWarnings("unchecked")
    private static ConsumerRecord<byte[], byte[]> recordOf(Message<?> message) {
        return message.getMetadata(IncomingKafkaRecordMetadata.class)
                .map(metadata -> (ConsumerRecord<byte[], byte[]>) metadata.getRecord())
                .orElseThrow(() -> new IllegalStateException("A lane reads from Kafka only."));
    }
}
