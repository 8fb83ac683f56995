package dev.offstage.job;

import java.sql.Array;
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

/** Enqueues batches: jobs, and one that waits for them. {@link HeldJobs} lets it go. */
@ApplicationScoped
public class JobBatches {

    private static final String BATCH = "insert into job_batch (job_id) values (?)";
    private static final String MEMBERS = """
            insert into batch_member (batch_id, job_id) select distinct ?, m.id from unnest(?::uuid[]) as m (id)
            """;
    /** By the primary keys of both tables; of the members, those that have just ended may still be there. */
    private static final String WAITS_FOR = """
            select count(*), count(*) filter (where job.state = 'dead'),
                   (array_agg(job.id order by job.state <> 'dead', job.id))[1:%d]
            from batch_member join job on job.id = batch_member.job_id
            where batch_id = ? and job.state not in ('completed', 'cancelled')
            having count(*) > 0
            """.formatted(WaitsFor.MOST_EXAMPLES);

    /** @param then the job that waits for the others */
    public record EnqueuedBatch(List<Enqueued> jobs, OutboxJob then) {}

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
        return new EnqueuedBatch(all, prepared.then());
    }

    PreparedJobs prepare(JobBatch batch) {
        return new PreparedJobs(batch.jobs(), jobs.prepareAny(batch.jobs()),
                jobs.prepare(List.of(batch.then())).get(0).held());
    }

    /** @param stored gets those that may be announced after the commit */
    List<Enqueued> store(Connection connection, PreparedJobs prepared, List<OutboxJob> stored) throws SQLException {
        List<Enqueued> all = jobs.store(connection, prepared.asked(), prepared.jobs(), stored);
        if (prepared.then() != null) {
            jobs.insert(connection, List.of(prepared.then()));
            hold(connection, prepared.then().id(), all.stream().map(Enqueued::id).toArray());
        }
        return all;
    }

    private static void hold(Connection connection, UUID job, Object[] members) throws SQLException {
        try (PreparedStatement batch = connection.prepareStatement(BATCH);
                PreparedStatement waitedFor = connection.prepareStatement(MEMBERS)) {
            batch.setObject(1, job);
            batch.executeUpdate();
            waitedFor.setObject(1, job);
            waitedFor.setArray(2, connection.createArrayOf("uuid", members));
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
                        ? Optional.of(new WaitsFor(row.getLong(1), row.getLong(2), ids(row.getArray(3))))
                        : Optional.empty();
            }
        } catch (SQLException e) {
            throw new StorageException("The batch could not be read.", e);
        }
    }

    private static List<UUID> ids(Array array) throws SQLException {
        return List.of((UUID[]) array.getArray());
    }
}
