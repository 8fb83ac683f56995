package dev.offstage.job;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
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
    private static final String WAITS_FOR = "select count(*) from batch_member where batch_id = ?";

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

    /** How many jobs this one waits for; 0 if it waits for none. */
    public long waitsFor(UUID job) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(WAITS_FOR)) {
            statement.setObject(1, job);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        } catch (SQLException e) {
            throw new StorageException("The batch could not be read.", e);
        }
    }
}
