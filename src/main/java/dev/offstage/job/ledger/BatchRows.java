package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import dev.offstage.job.Enqueued;
import dev.offstage.job.Jobs;

/** Writes down which jobs wait for which others. {@link HeldJobs} lets them go. */
final class BatchRows {

    private static final String BATCH = "insert into job_batch (job_id, until_dead) values (?, ?)";
    private static final String MEMBERS = """
            insert into batch_member (batch_id, job_id, died)
            select distinct ?, m.id, m.id = any(?) from unnest(?::uuid[]) as m (id)
            """;
    /**
     * Jobs of others that are waited for may die at this moment. Example: this transaction waits for a job J whose death is being settled
     * by another one. If the death has the lock on J's row first, this statement waits and then sees that J is dead. If this statement has
     * it first, the death waits, and then sees the row of the member: it looks only after it has got the lock (see {@link Settlements}).
     */
    private static final String DEAD_ALREADY = """
            with other as materialized (select id, state from job where id = any(?) order by id for share)
            select id from other where state = 'dead'
            """;

    private BatchRows() {
    }

    /** @param members what became of the jobs that are waited for */
    static void insert(Connection connection, PreparedJobs prepared, List<Enqueued> members) throws SQLException {
        if (prepared.then() != null) {
            hold(connection, prepared.then(), false, members, List.of());
        }
        if (prepared.onDead() != null) {
            hold(connection, prepared.onDead(), true, members, deadAlready(connection, members));
        }
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
            List<UUID> dead) throws SQLException {
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
}
