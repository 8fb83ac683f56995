package dev.offstage.job;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.agroal.api.AgroalDataSource;

import dev.offstage.storage.StorageException;
import dev.offstage.storage.Transaction;

/** Enqueues batches: jobs, and those that wait for them. {@link HeldJobs} lets these go. */
@ApplicationScoped
public class JobBatches {

    private static final String BATCH = "insert into job_batch (job_id, until_dead) values (?, ?)";
    private static final String MEMBERS = """
            insert into batch_member (batch_id, job_id, died)
            select distinct ?, m.id, m.id = any(?) from unnest(?::uuid[]) as m (id)
            """;
    /**
     * Jobs of others that are waited for may die at this moment. Whoever has the lock first goes first: if that is the death, it is seen
     * here; else it sees the member, for it looks after it has got the lock (see {@link Settlements}).
     */
    private static final String DEAD_ALREADY = """
            with other as materialized (select id, state from job where id = any(?) order by id for share)
            select id from other where state = 'dead'
            """;
    /** By the primary keys of both tables; of the members, those that have just ended may still be there. */
    private static final String WAITS_FOR = """
            select bool_or(until_dead), count(*), count(*) filter (where job.state = 'dead'),
                   (array_agg(job.id order by job.state <> 'dead', job.id))[1:%d]
            from job_batch join batch_member on batch_id = job_batch.job_id join job on job.id = batch_member.job_id
            where job_batch.job_id = ? and job.state not in ('completed', 'cancelled')
            having count(*) > 0
            """.formatted(WaitsFor.MOST_EXAMPLES);

    /**
     * What became of a batch.
     *
     * @param jobs in their order
     * @param then the job that waits until all others are done; null for none
     * @param onDead the job that waits until one of them is dead; null for none
     */
    public record EnqueuedBatch(List<Enqueued> jobs, OutboxJob then, OutboxJob onDead) {}

    private final Jobs jobs;
    private final AgroalDataSource dataSource;

    JobBatches(Jobs jobs, AgroalDataSource dataSource) {
        this.jobs = jobs;
        this.dataSource = dataSource;
    }

    /**
     * Enqueues all of these jobs or none. Where an open job has the unique key of one of them, that is waited for. They are
     * committed when this returns. Not for use within a transaction.
     *
     * @throws IllegalArgumentException as {@link Jobs#enqueue} does
     * @throws StorageException if PostgreSQL does not take them, or not in time
     */
    public EnqueuedBatch enqueue(JobBatch batch) {
        PreparedJobs prepared = prepare(batch);
        List<OutboxJob> stored = new ArrayList<>();
        List<Enqueued> all;
        try (Connection connection = dataSource.getConnection()) {
            all = Transaction.run(connection, () -> store(connection, prepared, stored));
        } catch (SQLException e) {
            throw new StorageException("The jobs could not be stored.", e);
        }
        jobs.committed(stored);
        return new EnqueuedBatch(all, prepared.then(), prepared.onDead());
    }

    /**
     * A job that can follow a batch.
     *
     * @throws IllegalArgumentException as {@link Jobs#enqueue} does, and if it has a time or a unique key of its own
     */
    public NewJob follower(NewJob job) {
        JobBatch.requireNothingOfItsOwn(job);
        jobs.prepare(List.of(job));
        return job;
    }

    PreparedJobs prepare(JobBatch batch) {
        return new PreparedJobs(batch.jobs(), jobs.prepareAny(batch.jobs()), held(batch.then()), held(batch.onDead()));
    }

    private OutboxJob held(NewJob job) {
        return job == null ? null : jobs.prepare(List.of(job)).get(0).held();
    }

    /** @param stored gets those that may be announced after the commit */
    List<Enqueued> store(Connection connection, PreparedJobs prepared, List<OutboxJob> stored) throws SQLException {
        List<Enqueued> all = jobs.store(connection, prepared.asked(), prepared.jobs(), stored);
        if (prepared.isBatch()) {
            jobs.insert(connection, prepared.held().toList());
        }
        if (prepared.then() != null) {
            hold(connection, prepared.then(), false, all, List.of());
        }
        if (prepared.onDead() != null) {
            hold(connection, prepared.onDead(), true, all, deadAlready(connection, all));
        }
        return all;
    }

    /** Of the jobs that were there before. */
    private static List<UUID> deadAlready(Connection connection, List<Enqueued> members) throws SQLException {
        Object[] others = members.stream().filter(Enqueued.Open.class::isInstance).map(Enqueued::id).toArray();
        List<UUID> dead = new ArrayList<>();
        if (others.length == 0) {
            return dead;
        }
        try (PreparedStatement look = connection.prepareStatement(DEAD_ALREADY)) {
            look.setArray(1, connection.createArrayOf("uuid", others));
            try (ResultSet rows = look.executeQuery()) {
                while (rows.next()) {
                    dead.add(rows.getObject(1, UUID.class));
                }
            }
        }
        return dead;
    }

    private static void hold(Connection connection, OutboxJob job, boolean untilDead, List<Enqueued> members,
            List<UUID> dead)
            throws SQLException {
        try (PreparedStatement batch = connection.prepareStatement(BATCH);
                PreparedStatement waitedFor = connection.prepareStatement(MEMBERS)) {
            batch.setObject(1, job.id());
            batch.setBoolean(2, untilDead);
            batch.executeUpdate();
            waitedFor.setObject(1, job.id());
            waitedFor.setArray(2, connection.createArrayOf("uuid", dead.toArray()));
            waitedFor.setArray(3, connection.createArrayOf("uuid", members.stream().map(Enqueued::id).toArray()));
            waitedFor.executeUpdate();
        }
    }

    /** What holds a job up that others must end before; empty if nothing does. */
    public Optional<WaitsFor> waitsFor(UUID job) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(WAITS_FOR)) {
            statement.setObject(1, job);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(waitsFor(row))
                        : Optional.empty();
            }
        } catch (SQLException e) {
            throw new StorageException("The batch could not be read.", e);
        }
    }

    private static WaitsFor waitsFor(ResultSet row) throws SQLException {
        return new WaitsFor(row.getBoolean(1) ? WaitsFor.Until.DEAD : WaitsFor.Until.DONE, row.getLong(2),
                row.getLong(3),
                List.of((UUID[]) row.getArray(4).getArray()));
    }
}
