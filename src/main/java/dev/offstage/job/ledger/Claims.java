package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

import dev.offstage.storage.SqlArrays;

/** What the ledger does in PostgreSQL to claim attempts, many at a time. */
final class Claims {

    /**
     * Waits for no disk: should PostgreSQL crash and forget a claim, the job waits in its queue as before, and
     * its completion takes it from there (see {@link Settlements}). Only a dead letter that came back is nowhere else.
     */
    private static final String CLAIM = """
            with claimed as (
                update job set state = 'running', attempt = c.attempt, worker = ?, started_at = ?,
                               due_at = null, finished_at = null,
                               payload = case when c.died_at is null then job.payload else c.payload end,
                               lost_workers = case when c.died_at is null then job.lost_workers else 0 end
                from unnest(?::uuid[], ?::text[], ?::int[], ?::timestamptz[], ?::jsonb[])
                    as c (id, type, attempt, died_at, payload),
                    set_config('synchronous_commit', ?, true)
                where job.id = c.id and job.type = c.type
                  and (job.state in ('queued', 'retrying') and job.attempt = c.attempt and c.died_at is null
                       and (job.state = 'queued' or job.due_at is null or date_trunc('milliseconds', job.due_at) <= ?)
                       or job.state = 'running' and job.attempt = c.attempt and job.worker = ?
                       or job.state = 'dead' and job.finished_at = c.died_at)
                returning job.id, job.attempt, job.type, job.key,
                          case when job.payload is distinct from c.payload then job.payload::text end as payload, job.created_at
            ), noted as (
                insert into claim (worker, jobs) select ?, array_agg(id) from claimed having count(*) > 0
            )
            select id, attempt, type, key, payload, created_at from claimed
            """;
    /**
     * A record that asks for a retry before it is due is an old one, or a stranger's, or came by a process whose clock is ahead. The
     * sweep brings the job when it is due, whatever becomes of the right record.
     */
    private static final String EARLY = """
            insert into outbox (id, publish_at, jobs)
            select gen_random_uuid(), job.due_at, array[job.id]
            from unnest(?::uuid[], ?::text[], ?::int[]) as c (id, type, attempt) join job using (id, type, attempt)
            where job.state = 'retrying' and job.due_at > ?
              and not exists (select from outbox where outbox.publish_at = job.due_at and outbox.jobs = array[job.id])
            """;
    private static final String KNOWN = """
            select d.id from unnest(?::uuid[], ?::text[], ?::text[]) as d (id, type, record_id)
            where exists (select 1 from job where job.id = d.id and job.type = d.type)
               or exists (select 1 from foreign_job as f where f.record_id = d.record_id and f.type = d.type)
            """;

    private Claims() {
    }

    /** @return whether the jobs have rows, in the order of the deliveries */
    static List<Boolean> areKnown(Connection connection, List<Delivery> deliveries) throws SQLException {
        try (PreparedStatement look = connection.prepareStatement(KNOWN)) {
            SqlArrays arrays = new SqlArrays(look);
            arrays.add("uuid", deliveries, Delivery::id);
            arrays.add("text", deliveries, Delivery::type);
            arrays.add("text", deliveries, Delivery::recordId);
            Set<UUID> known = new HashSet<>();
            try (ResultSet rows = look.executeQuery()) {
                while (rows.next()) {
                    known.add(rows.getObject(1, UUID.class));
                }
            }
            return deliveries.stream().map(delivery -> known.contains(delivery.id())).toList();
        }
    }

    /** @return empty for what this worker may not run; as many answers as deliveries, in their order */
    static List<Optional<Claim>> claim(Connection connection, List<Delivery> deliveries, UUID self, Instant now)
            throws SQLException {
        List<Delivery> ordered = Ledger.inLockingOrder(deliveries, Delivery::id);
        Map<AttemptId, Claimed> claimed = claimRows(connection, ordered, self, now);
        List<Delivery> missed = ordered.stream()
                .filter(delivery -> !claimed.containsKey(AttemptId.of(delivery)))
                .toList();
        if (!missed.isEmpty()) {
            leaveEarlyOnesToSweep(connection, missed, now);
            claimed.putAll(ForeignJobs.claim(connection, missed, self, now));
        }
        List<Optional<Claim>> answers = new ArrayList<>();
        for (Delivery delivery : deliveries) {
            // Of two deliveries of one attempt in a batch, the first gets the claim.
            Claimed row = claimed.get(AttemptId.of(delivery));
            if (row == null || !row.type.equals(delivery.type())) {
                answers.add(Optional.empty());
            } else {
                claimed.remove(AttemptId.of(delivery));
                answers.add(Optional.of(new Claim(row.of(delivery), self, now)));
            }
        }
        return answers;
    }

    static Map<AttemptId, Claimed> claimRows(Connection connection, List<Delivery> deliveries, UUID self,
            Instant now) throws SQLException {
        try (PreparedStatement claim = connection.prepareStatement(CLAIM)) {
            SqlArrays arrays = new SqlArrays(claim);
            arrays.add(self);
            arrays.addInstant(now);
            arrays.add("uuid", deliveries, Delivery::id);
            arrays.add("text", deliveries, Delivery::type);
            arrays.add("int4", deliveries, Delivery::attempt);
            arrays.add("timestamptz", deliveries, Delivery::diedAt);
            // A dead letter that comes back may have a mended payload, which counts. For any other record the row's payload does.
            arrays.add("jsonb", deliveries, Delivery::payload);
            arrays.add(deliveries.stream().allMatch(delivery -> delivery.diedAt() == null) ? "off" : "on");
            arrays.addInstant(now);
            arrays.add(self);
            arrays.add(self);
            return claimed(claim);
        }
    }

    private static void leaveEarlyOnesToSweep(Connection connection, List<Delivery> missed, Instant now)
            throws SQLException {
        List<Delivery> retries = missed.stream().filter(delivery -> delivery.attempt() > 1).toList();
        if (retries.isEmpty()) {
            return;
        }
        try (PreparedStatement early = connection.prepareStatement(EARLY)) {
            SqlArrays arrays = new SqlArrays(early);
            arrays.add("uuid", retries, Delivery::id);
            arrays.add("text", retries, Delivery::type);
            arrays.add("int4", retries, Delivery::attempt);
            arrays.addInstant(now);
            early.executeUpdate();
        }
    }

    static Map<AttemptId, Claimed> claimed(PreparedStatement statement) throws SQLException {
        Map<AttemptId, Claimed> claimed = new HashMap<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                claimed.put(new AttemptId(rows.getObject(1, UUID.class), rows.getInt(2)),
                        new Claimed(rows.getObject(1, UUID.class), rows.getString(3), rows.getString(4),
                                rows.getString(5), rows.getObject(6, OffsetDateTime.class).toInstant()));
            }
        }
        return claimed;
    }

    /**
     * What the row of a claimed job says, whatever the record did: a dead letter may come back without its key, and a stranger may write
     * any time.
     *
     * @param payload null if it is the record's
     */
    record Claimed(UUID id, String type, String key, String payload, Instant createdAt) {

        Delivery of(Delivery delivery) {
            return delivery.of(id, key, payload == null ? delivery.payload() : payload, createdAt);
        }
    }
}
