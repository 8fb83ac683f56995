package dev.offstage.job;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
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
            update job set state = 'running', attempt = c.attempt, worker = ?, started_at = ?,
                           due_at = null, finished_at = null, publish_at = null,
                           payload = coalesce(c.payload, job.payload),
                           lost_workers = case when c.died_at is null then job.lost_workers else 0 end
            from unnest(?::uuid[], ?::text[], ?::int[], ?::timestamptz[], ?::jsonb[])
                as c (id, type, attempt, died_at, payload),
                set_config('synchronous_commit', ?, true)
            where job.id = c.id and job.type = c.type
              and (job.state in ('queued', 'retrying') and job.attempt = c.attempt and c.died_at is null
                   or job.state = 'running' and job.attempt = c.attempt and job.worker = ?
                   or job.state = 'dead' and job.finished_at = c.died_at)
            returning job.id, job.attempt, job.type, job.key
            """;
    private static final String ADOPT = """
            insert into job (id, type, key, payload, state, attempt, created_at, started_at, worker, traceparent)
            select id, type, key, payload, 'running', attempt, created_at, ?, ?, traceparent
            from unnest(?::uuid[], ?::text[], ?::text[], ?::jsonb[], ?::int[], ?::timestamptz[], ?::text[])
                as n (id, type, key, payload, attempt, created_at, traceparent)
            on conflict (id) do nothing
            returning id, attempt, type, key
            """;

    private static final String KNOWN = """
            select job.id from job join unnest(?::uuid[], ?::text[]) as d (id, type) on job.id = d.id and job.type = d.type
            """;

    private Claims() {
    }

    /** @return whether the jobs have rows, in the order of the deliveries */
    static List<Boolean> areKnown(Connection connection, List<Delivery> deliveries) throws SQLException {
        try (PreparedStatement look = connection.prepareStatement(KNOWN)) {
            SqlArrays arrays = new SqlArrays(look);
            arrays.add("uuid", deliveries, Delivery::id);
            arrays.add("text", deliveries, Delivery::type);
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
            claimed.putAll(adoptStrangers(connection, missed, self, now));
        }
        List<Optional<Claim>> answers = new ArrayList<>();
        for (Delivery delivery : deliveries) {
            // Of two deliveries of one attempt in a batch, the first gets the claim.
            Claimed row = claimed.get(AttemptId.of(delivery));
            if (row == null || !row.type.equals(delivery.type())) {
                answers.add(Optional.empty());
            } else {
                claimed.remove(AttemptId.of(delivery));
                answers.add(Optional.of(new Claim(delivery.withKey(row.key), self, now)));
            }
        }
        return answers;
    }

    private static Map<AttemptId, Claimed> claimRows(Connection connection, List<Delivery> deliveries, UUID self,
            Instant now) throws SQLException {
        try (PreparedStatement claim = connection.prepareStatement(CLAIM)) {
            SqlArrays arrays = new SqlArrays(claim);
            arrays.add(self);
            arrays.addInstant(now);
            arrays.add("uuid", deliveries, Delivery::id);
            arrays.add("text", deliveries, Delivery::type);
            arrays.add("int4", deliveries, Delivery::attempt);
            arrays.add("timestamptz", deliveries, Delivery::diedAt);
            // Whoever sends a dead letter back may have mended its payload.
            arrays.add("jsonb", deliveries, delivery -> delivery.diedAt() == null ? null : delivery.payload());
            arrays.add(deliveries.stream().allMatch(delivery -> delivery.diedAt() == null) ? "off" : "on");
            arrays.add(self);
            return claimed(claim);
        }
    }

    /** Records of other programs have no row before they are claimed. Those that do have one are left alone. */
    private static Map<AttemptId, Claimed> adoptStrangers(Connection connection, List<Delivery> deliveries, UUID self,
            Instant now)
            throws SQLException {
        try (PreparedStatement adopt = connection.prepareStatement(ADOPT)) {
            SqlArrays arrays = new SqlArrays(adopt);
            arrays.addInstant(now);
            arrays.add(self);
            arrays.add("uuid", deliveries, Delivery::id);
            arrays.add("text", deliveries, Delivery::type);
            arrays.add("text", deliveries, Delivery::key);
            arrays.add("jsonb", deliveries, Delivery::payload);
            arrays.add("int4", deliveries, Delivery::attempt);
            arrays.add("timestamptz", deliveries, Delivery::createdAt);
            arrays.add("text", deliveries, Delivery::traceparent);
            return claimed(adopt);
        }
    }

    private static Map<AttemptId, Claimed> claimed(PreparedStatement statement) throws SQLException {
        Map<AttemptId, Claimed> claimed = new HashMap<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                claimed.put(new AttemptId(rows.getObject(1, UUID.class), rows.getInt(2)),
                        new Claimed(rows.getString(3), rows.getString(4)));
            }
        }
        return claimed;
    }

    /** What the row of a claimed job says, whatever the record did: a dead letter may come back without its key. */
    private record Claimed(String type, String key) {}
}
