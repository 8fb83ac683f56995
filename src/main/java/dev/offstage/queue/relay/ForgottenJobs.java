package dev.offstage.queue.relay;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

import jakarta.annotation.Priority;
import jakarta.inject.Singleton;

import org.jboss.logging.Logger;

import dev.offstage.background.BackgroundThread;
import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.job.JobTypes;
import dev.offstage.job.ledger.Outbox;
import dev.offstage.queue.ConsumerLag;
import dev.offstage.queue.EnginePart;
import dev.offstage.queue.Topics;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Dependency;

/**
 * Makes topics that somebody deleted anew, and finds jobs that wait for a worker in PostgreSQL and no longer in Kafka: their topic was deleted, or its retention ran
 * out. A lane that is done with all records of before an instant would have claimed every job that Kafka got before it.
 */
@Singleton
@Priority(10)
class ForgottenJobs implements EnginePart {

    private static final Logger LOG = Logger.getLogger(ForgottenJobs.class);
    private static final int BATCH = 5_000;

    private final JobTypes types;
    private final ConsumerLag lag;
    private final Outbox outbox;
    private final Clock clock;
    private final Duration after;
    private final boolean relays;
    private final Topics topics;
    private final Dependency kafka;
    private final Dependency postgresql;
    private final BackgroundThread thread;

    ForgottenJobs(Topics topics, JobTypes types, ConsumerLag lag, Outbox outbox, Clock clock, OffstageConfig config,
            Dependencies dependencies) {
        this.topics = topics;
        this.kafka = dependencies.kafka();
        this.postgresql = dependencies.postgresql();
        this.types = types;
        this.lag = lag;
        this.outbox = outbox;
        this.clock = clock;
        this.relays = config.has(Role.RELAY);
        this.after = config.relay().forgottenAfter();
        this.thread = new BackgroundThread("forgotten", Duration.ofMillis(Math.max(1, after.toMillis() / 3)),
                this::search);
    }

    @Override
    public void start() {
        if (relays) {
            thread.startWithPause();
        }
    }

    void search() throws InterruptedException {
        try {
            Instant before = clock.instant().minus(after);
            topics.createMissing();
            for (JobTypes.Entry<?> type : types.all()) {
                if (lag.isDoneWithAllBefore(type.name(), before)) {
                    publishAgain(type.name(), before);
                }
            }
            postgresql.worked();
        } catch (SQLException e) {
            postgresql.failed(e);
        } catch (ExecutionException | TimeoutException e) {
            kafka.failed(e);
        }
    }

    private void publishAgain(String type, Instant before) throws SQLException {
        int forgotten = 0;
        int found;
        do {
            found = outbox.publishAgain(type, before, BATCH);
            forgotten += found;
        } while (found == BATCH);
        if (forgotten > 0) {
            LOG.warnf("Kafka no longer holds %d jobs of the type %s: they are published again", forgotten, type);
        }
    }

    @Override
    public void stop() {
        thread.close();
    }
}
