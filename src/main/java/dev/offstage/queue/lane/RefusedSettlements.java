package dev.offstage.queue.lane;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

import jakarta.enterprise.context.ApplicationScoped;

import org.jboss.logging.Logger;

import io.smallrye.mutiny.Uni;

import dev.offstage.job.ledger.Delivery;
import dev.offstage.job.ledger.Ledger;
import dev.offstage.job.ledger.Settlement;
import dev.offstage.storage.StorageException;

/**
 * Ends of attempts that PostgreSQL refuses to store, because of somebody's trigger or a damaged page: they are offered again until it
 * takes them, for the handler's work is done and must not be done once more. Should this process end before, its jobs go back to
 * their queues like all that it ran.
 */
@ApplicationScoped
class RefusedSettlements {

    private static final Logger LOG = Logger.getLogger(RefusedSettlements.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    /** Of payloads in memory. Beyond this a lane waits for its refused attempts, and takes up no others in their places. */
    private static final long MOST_BYTES = 8 * 1024 * 1024;
    private static final long BYTES_BESIDE_THE_PAYLOAD = 1024;

    private final Ledger ledger;
    private final AtomicLong bytes = new AtomicLong();

    RefusedSettlements(Ledger ledger) {
        this.ledger = ledger;
    }

    /** @return at once, so that the lane goes on, unless too many wait already; true, since nobody else may run the job meanwhile */
    Uni<Boolean> settleLater(Settlement settlement, Throwable refusal) {
        Delivery delivery = settlement.claim().delivery();
        LOG.errorf("PostgreSQL does not take how attempt %d of job %s ended; it is told again until it does. "
                + "Look for a trigger on the table job, or for damage to this row. %s", delivery.attempt(),
                delivery.id(), refusal.getMessage());
        long size = size(delivery);
        boolean fits = bytes.addAndGet(size) <= MOST_BYTES;
        CompletableFuture<Boolean> settled = Uni.createFrom()
                .completionStage(() -> ledger.settle(settlement))
                .onFailure(StorageException.class)
                .retry()
                .withBackOff(FIRST_PAUSE, LONGEST_PAUSE)
                .indefinitely()
                .eventually(() -> bytes.addAndGet(-size))
                .subscribeAsCompletionStage();
        return fits ? Uni.createFrom().item(true) : Uni.createFrom().completionStage(settled);
    }

    private static long size(Delivery delivery) {
        return BYTES_BESIDE_THE_PAYLOAD + (delivery.payload() == null ? 0 : 2L * delivery.payload().length());
    }
}
