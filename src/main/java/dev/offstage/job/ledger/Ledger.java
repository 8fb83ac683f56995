package dev.offstage.job.ledger;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;

import io.agroal.api.AgroalDataSource;

import dev.offstage.background.Timer;
import dev.offstage.config.OffstageConfig;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Engine;
import dev.offstage.storage.GroupCommit;
import dev.offstage.storage.StorageException;

/**
 * Decides in PostgreSQL who runs which attempt and how it ended. A job's row holds the number of the attempt that
 * comes next, so a second delivery of a finished attempt finds no row to claim, whatever Kafka delivers.
 */
@ApplicationScoped
public class Ledger {

    private final Clock clock;
    private final AttemptMinutes minutes;
    private final JobMetrics metrics;
    private final GroupCommit<Delivery, Boolean> known;
    private final GroupCommit<Delivery, Optional<Claim>> claims;
    private final GroupCommit<Settlement, Boolean> settlements;

    Ledger(@Engine AgroalDataSource dataSource, Worker worker, Settlements settling, AttemptMinutes minutes,
            JobMetrics metrics,
            OffstageConfig config, Clock clock,
            Dependencies dependencies, Timer timer) {
        this.minutes = minutes;
        this.metrics = metrics;
        this.clock = clock;
        int lanes = config.jobs().size() * LaneControls.MOST_AT_ONCE; // operators may raise what is set
        this.known = new GroupCommit<>("known", GroupCommit.Terms.patient(lanes + 1), dataSource,
                dependencies.postgresql(), timer, Claims::areKnown);
        this.claims = new GroupCommit<>("claims", GroupCommit.Terms.patient(lanes + 1), dataSource,
                dependencies.postgresql(), timer,
                (connection, deliveries) -> Claims.claim(connection, deliveries, worker.id(), now()));
        this.settlements = new GroupCommit<>("settlements", GroupCommit.Terms.patient(lanes + 1), dataSource,
                dependencies.postgresql(), timer, settling::settle);
    }

    /** Whether the job has a row; waits while PostgreSQL cannot be reached. */
    public CompletionStage<Boolean> isKnown(Delivery delivery) {
        return known.submit(delivery);
    }

    /**
     * Claims an attempt for this worker. A job that has no row yet, because another program wrote the record, gets one.
     *
     * @return empty if the attempt already ran, runs, or is not the job's next; waits while PostgreSQL cannot be reached
     */
    public CompletionStage<Optional<Claim>> claim(Delivery delivery) {
        return claims.submit(delivery);
    }

    /**
     * Records how an attempt ended, and what it leaves; waits while PostgreSQL cannot be reached. Fails with a
     * {@link StorageException} if PostgreSQL refuses what it leaves.
     *
     * @return false if the job is another worker's by now, or back in its queue after a failed attempt: then nothing was
     *         changed
     */
    public CompletionStage<Boolean> settle(Settlement settlement) {
        return settlements.submit(settlement).thenApply(settled -> {
            if (settled) {
                minutes.settled(settlement);
                metrics.ended(settlement, clock.instant());
            }
            return settled;
        });
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /** Two processes that lock the same rows in one order wait for each other in turn, and not both at once. */
    static <T> List<T> inLockingOrder(List<T> rows, Function<T, UUID> id) {
        return rows.stream().sorted(Comparator.comparing(id)).toList();
    }

    @PreDestroy
    void close() {
        known.close();
        claims.close();
        settlements.close();
    }
}
