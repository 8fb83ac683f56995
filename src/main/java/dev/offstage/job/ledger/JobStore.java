package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;

import dev.offstage.job.Enqueued;
import dev.offstage.job.Jobs;
import dev.offstage.job.NewJob;
import dev.offstage.storage.SqlArrays;

/**
 * Stores new jobs in a transaction of its caller's, and announces them to the relay when that is committed. For who has a transaction
 * of plain SQL, or stores jobs together with other rows in one statement; everybody else calls {@link Jobs}.
 */
@ApplicationScoped
public class JobStore {

    private static final String QUERIES = """
            new_job as materialized (
                select * from unnest(?::uuid[], ?::text[], ?::text[], ?::jsonb[], ?::text[],
                                     ?::timestamptz[], ?::timestamptz[], ?::timestamptz[], ?::uuid[], ?::text[])
                    as n (id, type, key, payload, state, created_at, due_at, publish_at, entry, traceparent)
                where %s
            ), enqueued as (
                insert into job (id, type, key, payload, state, attempt, created_at, due_at, traceparent)
                select id, type, key, payload, state, 1, created_at, due_at, traceparent from new_job
            ), outboxed as (
                insert into outbox (id, publish_at, jobs)
                select entry, min(publish_at), array_agg(id) from new_job where entry is not null group by entry
            )
            """;
    private static final String INSERT = "with " + queriesWhere("true") + "select";

    private final JobPreparation preparation;
    private final Event<JobsEnqueued> enqueued;

    JobStore(JobPreparation preparation, Event<JobsEnqueued> enqueued) {
        this.preparation = preparation;
        this.enqueued = enqueued;
    }

    /**
     * Queries of a {@code with} clause, the last of which is named {@code outboxed}, that store prepared jobs; {@link #bind} sets their
     * parameters.
     *
     * @param condition SQL that holds for the jobs that are to be stored
     */
    public static String queriesWhere(String condition) {
        return QUERIES.formatted(condition);
    }

    /**
     * Makes of new jobs what can be stored.
     *
     * @throws IllegalArgumentException as {@link Jobs#enqueue(List)}, and if a job has a unique key, which these statements do not know
     */
    public List<OutboxJob> prepare(List<NewJob> newJobs) {
        if (newJobs.stream().anyMatch(UniqueKeys::hasOne)) {
            throw new IllegalArgumentException("A job that is stored in this way has no unique key: leave it out.");
        }
        return preparation.prepare(newJobs);
    }

    /** Stores prepared jobs in the connection's transaction. When that is committed, call {@link #committed}. */
    public void insert(Connection connection, List<OutboxJob> jobs) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            bind(new SqlArrays(insert), jobs);
            insert.execute();
        }
    }

    /** Sets the next parameters of a statement, those of {@link #queriesWhere}. */
    public static void bind(SqlArrays arrays, List<OutboxJob> jobs) throws SQLException {
        arrays.add("uuid", jobs, OutboxJob::id);
        arrays.add("text", jobs, OutboxJob::type);
        arrays.add("text", jobs, OutboxJob::key);
        arrays.add("jsonb", jobs, OutboxJob::payload);
        arrays.add("text", jobs, job -> job.state().label());
        arrays.add("timestamptz", jobs, OutboxJob::createdAt);
        arrays.add("timestamptz", jobs, OutboxJob::dueAt);
        arrays.add("timestamptz", jobs, OutboxJob::publishAt);
        arrays.add("uuid", jobs, OutboxJob::entry);
        arrays.add("text", jobs, OutboxJob::traceparent);
    }

    /**
     * Stores jobs in the connection's transaction, with the jobs that wait for them. A job whose unique key is in use is left out.
     *
     * @param stored gets the jobs that are to be announced with {@link #committed}
     * @return what became of the jobs, in their order, without the jobs that wait for them
     */
    List<Enqueued> store(Connection connection, PreparedJobs prepared, List<OutboxJob> stored) throws SQLException {
        List<Enqueued> all = storeUnique(connection, prepared, stored);
        List<OutboxJob> others = OutboxEntry.share(IntStream.range(0, prepared.jobs().size())
                .filter(i -> !UniqueKeys.hasOne(prepared.asked().get(i)))
                .mapToObj(prepared.jobs()::get)
                .toList());
        if (!others.isEmpty()) {
            insert(connection, others);
            stored.addAll(others);
        }
        if (prepared.isBatch()) {
            insert(connection, prepared.held().toList());
            BatchRows.insert(connection, prepared, all);
        }
        return all;
    }

    private static List<Enqueued> storeUnique(Connection connection, PreparedJobs prepared, List<OutboxJob> stored)
            throws SQLException {
        List<Enqueued> all = new ArrayList<>(prepared.enqueued());
        for (int i : UniqueKeys.inOrder(prepared.asked())) {
            OutboxJob job = prepared.jobs().get(i).inEntry(prepared.jobs().get(i).id());
            Optional<Enqueued> open = UniqueKeys.insertUnlessOpen(connection, job, prepared.asked().get(i).uniqueKey());
            if (open.isEmpty()) {
                stored.add(job);
            } else {
                all.set(i, open.get());
            }
        }
        return all;
    }

    /** Tells the relay of jobs: after their commit, or within the transaction of JTA that stores them. */
    public void committed(List<OutboxJob> jobs) {
        enqueued.fire(new JobsEnqueued(jobs));
    }
}
