package dev.offstage.queue.relay;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

import jakarta.annotation.Priority;
import jakarta.inject.Singleton;

import org.apache.kafka.common.Uuid;
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
    private static final int PAGE = 5_000;
    private static final UUID FIRST = new UUID(0, 0);
    /** Example: PostgreSQL refuses the claim of a job that was sent back and is days old. Its record is done with, and nothing else brings it. */
    private static final Duration ALL_AGAIN_AFTER = Duration.ofHours(1);

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
    /** By type: up to where all jobs were looked at while its topic was there. Of the thread alone. */
    private final Map<String, UUID> lookedAt = new HashMap<>();
    /** Of the thread alone; null before the first search. */
    private Instant allAgainAt;
    /** By type: what its topics were the last time, and which records they had lost before a lane read them. Of the thread alone. */
    private final Map<String, Set<Object>> seen = new HashMap<>();

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

    /**
     * Looks once through all jobs, and then through those that came since: whatever waits longer than that waits in Kafka, or in the outbox.
     * A topic that was made anew, or whose records expired before they were read, has lost what was looked at before. And once an hour all jobs
     * are looked through again, for those whose claims PostgreSQL refused.
     */
    void search() throws InterruptedException {
        try {
            Instant now = clock.instant();
            Instant before = now.minus(after);
            if (allAgainAt == null || !now.isBefore(allAgainAt)) {
                lookedAt.clear();
                allAgainAt = now.plus(ALL_AGAIN_AFTER);
            }
            Map<String, Uuid> ids = topics.createMissing();
            for (String type : outbox.typesThatWait()) {
                if (types.find(type).isPresent() && lag.isDoneWithAllBefore(type, before)) {
                    if (hasLost(type, ids)) {
                        lookedAt.remove(type);
                    }
                    publishAgain(type, before);
                }
            }
            postgresql.worked();
        } catch (SQLException e) {
            postgresql.failed(e);
        } catch (ExecutionException | TimeoutException e) {
            kafka.failed(e);
        }
    }

    private boolean hasLost(String type, Map<String, Uuid> ids) throws InterruptedException {
        Set<Object> kept = new HashSet<>(lag.firstOffsetsBeyondCommitted(type));
        topics.topicsOf(type).forEach(topic -> kept.add(ids.getOrDefault(topic, Uuid.ZERO_UUID)));
        Set<Object> before = seen.put(type, kept);
        return before != null && !before.equals(kept);
    }

    private void publishAgain(String type, Instant before) throws SQLException, InterruptedException {
        int forgotten = 0;
        UUID last = lookedAt.getOrDefault(type, FIRST);
        while (last != null) {
            if (Thread.interrupted()) { // there may be millions of jobs before the end
                throw new InterruptedException();
            }
            if (forgotten == 0) { // those that were forgotten may be refused once more, and are looked at until they are not
                lookedAt.put(type, last);
            }
            Outbox.Page page = outbox.publishAgain(type, before, last, PAGE);
            forgotten += page.forgotten();
            last = page.last();
        }
        if (forgotten > 0) {
            LOG.warnf("Kafka no longer holds %d jobs of the type %s: they are published again", forgotten, type);
        }
    }

    @Override
    public void stop() {
        thread.close();
    }
}
