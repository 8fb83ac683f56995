package dev.offstage.queue.lane;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

import io.smallrye.mutiny.Uni;

import dev.offstage.config.OffstageConfig;
import dev.offstage.job.JobState;
import dev.offstage.job.RetryPolicy;
import dev.offstage.job.RetryPolicy.Next;
import dev.offstage.job.WorkerBusy;
import dev.offstage.job.ledger.Attempts;
import dev.offstage.job.ledger.Claim;
import dev.offstage.job.ledger.Delivery;
import dev.offstage.job.ledger.Failure;
import dev.offstage.job.ledger.Ledger;
import dev.offstage.job.ledger.OutboxEntry;
import dev.offstage.job.ledger.OutboxJob;
import dev.offstage.job.ledger.Settlement;
import dev.offstage.queue.Publisher;
import dev.offstage.queue.RecordFormat;
import dev.offstage.queue.relay.Relay;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Dependency;
import dev.offstage.storage.PostgresqlGone;
import dev.offstage.storage.StorageException;

/**
 * What follows a failed attempt. PostgreSQL learns of it first and then Kafka, so a crash in between loses nothing:
 * the row says when the sweep is to look after it.
 */
@ApplicationScoped
class FailedAttempts {

    private static final Duration AGAIN_AFTER = Duration.ofSeconds(1);

    private final Ledger ledger;
    private final Attempts attempts;
    private final Publisher publisher;
    private final RecordFormat format;
    private final Relay relay;
    private final RefusedSettlements refused;
    private final DeadLetterLog deadLetters;
    private final Clock clock;
    private final Duration sweepAfter;
    private final Dependency kafka;

    FailedAttempts(Ledger ledger, Attempts attempts, Publisher publisher, RecordFormat format, Relay relay,
            RefusedSettlements refused, DeadLetterLog deadLetters, Clock clock, OffstageConfig config,
            Dependencies dependencies) {
        this.ledger = ledger;
        this.attempts = attempts;
        this.kafka = dependencies.kafka();
        this.publisher = publisher;
        this.format = format;
        this.relay = relay;
        this.refused = refused;
        this.deadLetters = deadLetters;
        this.clock = clock;
        this.sweepAfter = config.relay().sweepAfter();
    }

    /**
     * Settles the attempt as failed and sends the job on its way: once more, onto a rung, or to the dead letters. An
     * attempt that failed for want of PostgreSQL has not been one, unless it asked too much of it, nor one that its worker had no
     * room for, and one that was cancelled is the last.
     *
     * @return false if this worker no longer held the claim
     */
    Uni<Boolean> settle(Claim claim, Throwable error, RetryPolicy retries, ConsumerRecord<?, ?> origin) {
        boolean gone = PostgresqlGone.isCauseOf(error) && !PostgresqlGone.isStatementTimeout(error);
        if (gone || error instanceof WorkerBusy) {
            return giveBack(claim);
        }
        if (error instanceof AttemptCancelled) {
            return settle(new Settlement.Cancelled(claim, clock.instant()), () -> Uni.createFrom().voidItem());
        }
        int attempt = claim.delivery().attempt();
        Failure failure = Failure.of(attempt, claim.startedAt(), clock.instant(), error);
        Next next = retries.after(attempt, error);
        if (next instanceof RetryPolicy.OnRung rung) {
            Instant dueAt = failure.failedAt().plus(rung.delay());
            return settle(retried(claim, failure, rung.delay(), sweepAfter),
                    () -> send(format.toRung(claim.delivery(), rung.delay(), dueAt)));
        }
        if (next instanceof RetryPolicy.InStorage storage) {
            return settle(retried(claim, failure, storage.delay(), Duration.ZERO), () -> Uni.createFrom().voidItem());
        }
        if (next instanceof RetryPolicy.AtOnce) {
            return settle(retried(claim, failure, Duration.ZERO, sweepAfter),
                    () -> send(format.toQueue(claim.delivery(), attempt + 1)));
        }
        deadLetters.died(claim.delivery(), failure);
        Instant publishAt = failure.failedAt().plus(sweepAfter).truncatedTo(ChronoUnit.MICROS); // as PostgreSQL keeps it
        UUID entry = UUID.randomUUID();
        return settle(
                new Settlement.Died(claim, failure, publishAt, entry, attempts.afterDeath(claim.delivery(), failure)),
                () -> Uni.createFrom()
                        .voidItem()
                        .invoke(() -> relay.publishSoon(new OutboxEntry(entry,
                                List.of(dead(claim.delivery(), failure, publishAt, entry, origin))))));
    }

    /** The attempt was not made, or it is not known whether it was: it does not count, and the same one is made again. */
    Uni<Boolean> giveBack(Claim claim) {
        Instant soon = clock.instant().plus(AGAIN_AFTER);
        return settle(new Settlement.GivenBack(claim, soon), () -> Uni.createFrom().voidItem());
    }

    private static OutboxJob dead(Delivery delivery, Failure failure, Instant publishAt, UUID entry,
            ConsumerRecord<?, ?> origin) {
        return new OutboxJob(delivery.id(), delivery.type(), delivery.key(), delivery.payload(), delivery.attempt(),
                JobState.DEAD, delivery.createdAt(), publishAt, entry, delivery.traceparent(), failure,
                RecordFormat.coordinates(origin));
    }

    private static Settlement retried(Claim claim, Failure failure, Duration delay, Duration sweepAfter) {
        Instant dueAt = failure.failedAt().plus(delay);
        return new Settlement.Retried(claim, failure, dueAt, dueAt.plus(sweepAfter));
    }

    private Uni<Boolean> settle(Settlement settlement, Supplier<Uni<? extends Void>> onward) {
        return Uni.createFrom()
                .completionStage(() -> ledger.settle(settlement))
                .call(settled -> settled
                        ? leaveToSweepIfItFails(Uni.createFrom().deferred(onward))
                        : Uni.createFrom().voidItem())
                .onFailure(StorageException.class)
                .recoverWithUni(refusal -> refused.settleLater(settlement, refusal));
    }

    private Uni<Void> leaveToSweepIfItFails(Uni<Void> sent) {
        return sent.onItemOrFailure().invoke((done, failure) -> kafka.used(failure)).onFailure().recoverWithNull();
    }

    private Uni<Void> send(ProducerRecord<byte[], byte[]> record) {
        return Uni.createFrom().completionStage(publisher.send(record));
    }
}
