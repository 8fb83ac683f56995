package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.jboss.logging.Logger;

import com.github.f4b6a3.uuid.UuidCreator;

import dev.offstage.job.Jobs;
import dev.offstage.storage.SqlArrays;

/**
 * Jobs that other programs wrote to Kafka. They get a row when they are claimed, with an id of our own that is the time at which they
 * came, whatever time the record says. What the record calls itself is kept beside it and is unique within the type. So a second
 * delivery, and a second record of the same id, find the first one's job, also if two workers read them at once.
 */
final class ForeignJobs {

    private static final Logger LOG = Logger.getLogger(ForeignJobs.class);

    private static final String NAMED = """
            select f.record_id, f.type, f.job_id
            from foreign_job as f join unnest(?::text[], ?::text[]) as d (record_id, type) using (record_id, type)
            """;
    private static final String ADOPT = """
            with fresh as (
                select n.*
                from unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::text[], ?::jsonb[], ?::int[], ?::text[])
                    as n (id, named, record_id, type, key, payload, attempt, traceparent)
                where not exists (select 1 from job where job.id = n.named and job.type = n.type)
            ), names as (
                insert into foreign_job (record_id, type, job_id)
                select record_id, type, id from fresh order by record_id, type
                on conflict do nothing
                returning job_id
            ), claimed as (
                insert into job (id, type, key, payload, state, attempt, created_at, started_at, worker, traceparent)
                select id, type, key, payload, 'running', attempt, ?, ?, ?, traceparent
                from fresh where id in (select job_id from names)
                on conflict (id) do nothing
                returning id, attempt, type, key, created_at, worker
            ), noted as (
                insert into claim (worker, jobs) select worker, array_agg(id) from claimed group by worker
            )
            select id, attempt, type, key, null, created_at from claimed
            """;

    /** What a record calls its job. */
    private record Name(String recordId, String type) {

        static Name of(Delivery delivery) {
            return new Name(delivery.recordId(), delivery.type());
        }
    }

    private ForeignJobs() {
    }

    /** By the attempts that the deliveries ask for. Jobs that have a row of the id that the record names are left alone. */
    static Map<AttemptId, Claims.Claimed> claim(Connection connection, List<Delivery> deliveries, UUID self,
            Instant now) throws SQLException {
        Map<Name, UUID> known = known(connection, deliveries);
        Map<AttemptId, AttemptId> asked = new HashMap<>();
        List<Delivery> again = new ArrayList<>();
        List<Delivery> strangers = new ArrayList<>();
        for (Delivery delivery : deliveries) {
            UUID job = known.get(Name.of(delivery));
            if (job == null && delivery.recordId() != null) {
                strangers.add(delivery);
            } else if (job != null) {
                Delivery ofRow = delivery.withId(job);
                if (asked.putIfAbsent(AttemptId.of(ofRow), AttemptId.of(delivery)) == null) {
                    again.add(ofRow);
                }
            }
        }
        Map<AttemptId, Claims.Claimed> claimed = new HashMap<>();
        if (!again.isEmpty()) {
            Claims.claimRows(connection, Ledger.inLockingOrder(again, Delivery::id), self, now)
                    .forEach((attempt, row) -> claimed.put(asked.get(attempt), row));
            LOG.debugf("%d records have the ids of jobs that other programs wrote before; %d of them run now",
                    again.size(), claimed.size());
        }
        if (!strangers.isEmpty()) {
            claimed.putAll(adopt(connection, strangers, self, now));
        }
        return claimed;
    }

    private static Map<Name, UUID> known(Connection connection, List<Delivery> deliveries) throws SQLException {
        try (PreparedStatement look = connection.prepareStatement(NAMED)) {
            SqlArrays arrays = new SqlArrays(look);
            arrays.add("text", deliveries, Delivery::recordId);
            arrays.add("text", deliveries, Delivery::type);
            Map<Name, UUID> known = new HashMap<>();
            try (ResultSet rows = look.executeQuery()) {
                while (rows.next()) {
                    known.put(new Name(rows.getString(1), rows.getString(2)), rows.getObject(3, UUID.class));
                }
            }
            return known;
        }
    }

    private static Map<AttemptId, Claims.Claimed> adopt(Connection connection, List<Delivery> deliveries, UUID self,
            Instant now) throws SQLException {
        Map<UUID, Delivery> byId = new HashMap<>();
        List<UUID> ids = new ArrayList<>();
        for (Delivery delivery : deliveries) {
            UUID id = UuidCreator.getTimeOrderedEpochPlus1();
            ids.add(id);
            byId.put(id, delivery);
        }
        try (PreparedStatement adopt = connection.prepareStatement(ADOPT)) {
            SqlArrays arrays = new SqlArrays(adopt);
            arrays.add("uuid", ids, id -> id);
            arrays.add("uuid", deliveries, Delivery::id);
            arrays.add("text", deliveries, Delivery::recordId);
            arrays.add("text", deliveries, Delivery::type);
            arrays.add("text", deliveries, Delivery::key);
            arrays.add("jsonb", deliveries, Delivery::payload);
            arrays.add("int4", deliveries, Delivery::attempt);
            arrays.add("text", deliveries, Delivery::traceparent);
            arrays.addInstant(now);
            arrays.addInstant(now);
            arrays.add(self);
            Map<AttemptId, Claims.Claimed> claimed = new HashMap<>();
            Claims.claimed(adopt).values().forEach(row -> claimed.put(AttemptId.of(byId.get(row.id())), row));
            return claimed;
        }
    }
}
