package dev.offstage.job;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.transaction.Status;
import jakarta.transaction.TransactionSynchronizationRegistry;

import io.agroal.api.AgroalDataSource;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.f4b6a3.uuid.UuidCreator;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.health.Dependencies;
import dev.offstage.storage.GroupCommit;
import dev.offstage.storage.SqlArrays;
import dev.offstage.storage.StorageException;
import dev.offstage.storage.Transaction;

/** Where jobs begin. */
@ApplicationScoped
public class Jobs {

    /** Stores prepared jobs, those for which the condition holds that may follow; its parameters are set by {@link #bind}. */
    public static final String INSERT = """
            insert into job (id, type, key, payload, state, attempt, created_at, due_at, publish_at, traceparent)
            select id, type, key, payload, state, 1, created_at, due_at, publish_at, traceparent
            from unnest(?::uuid[], ?::text[], ?::text[], ?::jsonb[], ?::text[],
                        ?::timestamptz[], ?::timestamptz[], ?::timestamptz[], ?::text[])
                as n (id, type, key, payload, state, created_at, due_at, publish_at, traceparent)
            """;

    /** A call with more jobs has a commit of its own, on its caller's thread, and so has one with larger payloads. */
    private static final int FEW = 100;
    /** Characters of all payloads of a call. */
    private static final int SMALL = 64 * 1024;
    private static final int MOST_CALLERS = 1_000;
    private static final int MOST_CALLS_TOGETHER = 250;
    private static final Duration PATIENCE = Duration.ofMillis(1_500);

    private final AgroalDataSource dataSource;
    private final JobTypes types;
    private final ObjectMapper json;
    private final Event<JobsEnqueued> enqueued;
    private final TransactionSynchronizationRegistry transaction;
    private final Clock clock;
    private final boolean relaysHere;
    private final Duration sweepAfter;
    private final GroupCommit<List<OutboxJob>, Boolean> shared;

    Jobs(AgroalDataSource dataSource, JobTypes types, ObjectMapper json, Event<JobsEnqueued> enqueued,
            TransactionSynchronizationRegistry transaction, Clock clock, OffstageConfig config,
            Dependencies dependencies) {
        this.dataSource = dataSource;
        this.types = types;
        this.json = json;
        this.enqueued = enqueued;
        this.transaction = transaction;
        this.clock = clock;
        this.relaysHere = config.has(Role.RELAY);
        this.sweepAfter = config.relay().sweepAfter();
        this.shared = new GroupCommit<>("enqueue",
                new GroupCommit.Terms(MOST_CALLERS, MOST_CALLS_TOGETHER, 1, PATIENCE), dataSource,
                dependencies.postgresql(), this::storeShared);
    }

    /**
     * Enqueues the jobs in the running transaction; they are published after its commit, and if it rolls back there
     * never were any. Where no transaction runs, all of them or none are committed when this returns, maybe together with
     * those of other callers.
     *
     * <p>A job whose unique key an open job of its type has is not enqueued: the answer names that one. Where another transaction has
     * just enqueued such a job, this waits for its end, 800 ms at the most.
     *
     * <p>Calls with some thousand jobs at the most are what PostgreSQL takes in time: a statement may take 1.8 s.
     *
     * @return what became of the jobs, in the order given
     * @throws IllegalArgumentException if a type is unknown, or a payload is too large or not what its type's handler
     *         reads
     * @throws StorageException if PostgreSQL does not take them, or not in time
     */
    public List<Enqueued> enqueue(List<NewJob> newJobs) {
        List<OutboxJob> prepared = prepareAny(newJobs);
        boolean alone = transaction.getTransactionStatus() == Status.STATUS_NO_TRANSACTION;
        boolean unique = newJobs.stream().anyMatch(UniqueKeys::hasOne);
        if (alone && !unique && mayShare(prepared)) {
            awaitShared(prepared);
            return prepared.stream().<Enqueued>map(Enqueued.New::new).toList();
        }
        List<OutboxJob> stored = new ArrayList<>();
        List<Enqueued> all;
        try (Connection connection = dataSource.getConnection()) {
            all = alone
                    ? Transaction.run(connection, () -> store(connection, newJobs, prepared, stored))
                    : store(connection, newJobs, prepared, stored);
        } catch (SQLException e) {
            throw new StorageException("The jobs could not be stored.", e);
        }
        committed(stored);
        return all;
    }

    /**
     * Stores jobs in the connection's transaction.
     *
     * @param prepared of the new jobs
     * @param stored gets those that may be announced after the commit
     */
    List<Enqueued> store(Connection connection, List<NewJob> newJobs, List<OutboxJob> prepared,
            List<OutboxJob> stored) throws SQLException {
        List<Enqueued> all = new ArrayList<>(prepared.stream().map(Enqueued.New::new).toList());
        for (int i : UniqueKeys.inOrder(newJobs)) {
            OutboxJob job = prepared.get(i);
            Optional<Enqueued> open = UniqueKeys.insertUnlessOpen(connection, job, newJobs.get(i).uniqueKey());
            if (open.isEmpty()) {
                stored.add(job);
            } else {
                all.set(i, open.get());
            }
        }
        List<OutboxJob> others = IntStream.range(0, prepared.size())
                .filter(i -> !UniqueKeys.hasOne(newJobs.get(i)))
                .mapToObj(prepared::get)
                .toList();
        if (!others.isEmpty()) {
            insert(connection, others);
            stored.addAll(others);
        }
        return all;
    }

    /** Large payloads have a commit of their own, so that the callers of small ones do not wait for them. */
    private static boolean mayShare(List<OutboxJob> jobs) {
        return jobs.size() <= FEW && jobs.stream().mapToInt(job -> job.payload().length()).sum() <= SMALL;
    }

    private void awaitShared(List<OutboxJob> jobs) {
        try {
            shared.submit(jobs).toCompletableFuture().join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof StorageException refusal ? refusal : e;
        }
    }

    private List<Boolean> storeShared(Connection connection, List<List<OutboxJob>> calls) throws SQLException {
        List<OutboxJob> jobs = calls.stream().flatMap(List::stream).toList();
        insert(connection, jobs);
        committed(jobs);
        return Collections.nCopies(calls.size(), true);
    }

    /**
     * Makes jobs of new jobs, for whoever stores them with a statement of its own, {@link #INSERT} in it, and, when that
     * is committed, announces them with {@link #committed}.
     *
     * @throws IllegalArgumentException as {@link #enqueue} does, and if a job has a unique key, which such a statement does not
     *         know
     */
    public List<OutboxJob> prepare(List<NewJob> newJobs) {
        if (newJobs.stream().anyMatch(UniqueKeys::hasOne)) {
            throw new IllegalArgumentException("A job that is stored in this way has no unique key: leave it out.");
        }
        return prepareAny(newJobs);
    }

    List<OutboxJob> prepareAny(List<NewJob> newJobs) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        String trace = TraceParent.current();
        return newJobs.stream().map(job -> outboxJob(job, now, trace)).toList();
    }

    /** Stores prepared jobs in the connection's transaction. When that is committed, {@link #committed} announces them. */
    public void insert(Connection connection, List<OutboxJob> jobs) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            bind(new SqlArrays(insert), jobs);
            insert.executeUpdate();
        }
    }

    /** Sets the next parameters, those of {@link #INSERT}. */
    public static void bind(SqlArrays arrays, List<OutboxJob> jobs) throws SQLException {
        arrays.add("uuid", jobs, OutboxJob::id);
        arrays.add("text", jobs, OutboxJob::type);
        arrays.add("text", jobs, OutboxJob::key);
        arrays.add("jsonb", jobs, OutboxJob::payload);
        arrays.add("text", jobs, job -> job.state().label());
        arrays.add("timestamptz", jobs, OutboxJob::createdAt);
        arrays.add("timestamptz", jobs, OutboxJob::dueAt);
        arrays.add("timestamptz", jobs, OutboxJob::publishAt);
        arrays.add("text", jobs, OutboxJob::traceparent);
    }

    /** Lets whoever publishes jobs know of these. */
    public void committed(List<OutboxJob> jobs) {
        enqueued.fire(new JobsEnqueued(jobs));
    }

    private OutboxJob outboxJob(NewJob job, Instant now, String trace) {
        boolean later = job.runAt() != null && job.runAt().isAfter(now);
        String payload = payload(job);
        return new OutboxJob(UuidCreator.getTimeOrderedEpochPlus1(), job.type(), job.key(), payload, 1,
                later ? JobState.SCHEDULED : JobState.QUEUED, now,
                later ? job.runAt().truncatedTo(ChronoUnit.MICROS) : publishAt(now, payload), trace, null, null);
    }

    private String payload(NewJob job) {
        JobType<?> type = types.get(job.type()).type();
        try {
            String payload = json.writeValueAsString(job.payload());
            type.read(json, payload);
            if (!Text.isWellFormed(payload)) {
                throw new IllegalArgumentException("The payload for the job type " + job.type()
                        + " holds half a surrogate pair, which is no character: remove it.");
            }
            if (Delivery.isTooDeep(payload)) {
                throw new IllegalArgumentException("The payload for the job type " + job.type()
                        + " is nested deeper than " + Delivery.DEEPEST_PAYLOAD + " levels: make it flatter.");
            }
            if (Delivery.isTooLarge(payload)) {
                throw new IllegalArgumentException("The payload for the job type " + job.type()
                        + " is larger than 1 MiB: keep it elsewhere and put its address into the payload.");
            }
            return payload;
        } catch (JsonProcessingException e) {
            // What a payload's constructor says is meant for people; what Jackson says of it is not.
            String reason = e.getCause() instanceof IllegalArgumentException refusal
                    ? refusal.getMessage()
                    : e.getOriginalMessage();
            throw new IllegalArgumentException("The payload does not fit the job type " + job.type() + ": " + reason,
                    e);
        }
    }

    /** Where this process is a relay it publishes right after the commit; the sweep looks only after what that missed. */
    private Instant publishAt(Instant now, String payload) {
        return relaysHere && !OutboxJob.isLarge(payload) ? now.plus(sweepAfter) : now;
    }

    @PreDestroy
    void close() {
        shared.close();
    }
}
