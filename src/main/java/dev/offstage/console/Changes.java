package dev.offstage.console;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import jakarta.inject.Singleton;

import org.jboss.logging.Logger;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.infrastructure.Infrastructure;

import dev.offstage.job.ledger.LaneControls;
import dev.offstage.job.ledger.LaneControls.LaneControl;
import dev.offstage.operation.BulkAction;
import dev.offstage.operation.BulkActions;
import dev.offstage.storage.StorageException;

/** Tells all listeners the current figures, once a second while they change. */
@Singleton
public class Changes {

    /** The current figures. */
    public record State(Stats stats, Map<String, LaneControl> lanes, List<BulkAction> operations) {}

    private static final Logger LOG = Logger.getLogger(Changes.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private final Statistics statistics;
    private final LaneControls lanes;
    private final BulkActions bulk;
    private final Multi<State> shared;

    Changes(Statistics statistics, LaneControls lanes, BulkActions bulk) {
        this.statistics = statistics;
        this.lanes = lanes;
        this.bulk = bulk;
        this.shared = Multi.createFrom()
                .ticks()
                .every(LOOK_EVERY)
                .onOverflow()
                .drop()
                .emitOn(Infrastructure.getDefaultWorkerPool(), 1)
                .onItem()
                .transformToMulti(tick -> look())
                .concatenate()
                .broadcast()
                .withCancellationAfterLastSubscriberDeparture()
                .toAtLeast(1);
    }

    /** Empty while PostgreSQL cannot be read. */
    private Multi<State> look() {
        try {
            return Multi.createFrom().item(new State(statistics.current(), lanes.read(), bulk.recent()));
        } catch (StorageException e) {
            LOG.debug("Nothing is told while PostgreSQL is gone", e);
            return Multi.createFrom().empty();
        }
    }

    /** The figures now, and again whenever they have changed. They are read once for all listeners. */
    Multi<State> states() {
        return shared.skip().repetitions();
    }
}
