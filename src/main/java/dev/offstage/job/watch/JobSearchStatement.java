package dev.offstage.job.watch;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;

import dev.offstage.job.JobState;
import dev.offstage.job.ledger.Delivery;

/**
 * The SQL that a filter becomes, and its parameters: candidates by an index, of which those are found that match the rest.
 */
final class JobSearchStatement {

    /** How long a page reads, much less than a statement may take. Then it is short. */
    private static final Duration MOST_TIME = Duration.ofSeconds(1);

    private static final String NEWEST = "select id from job where %s";
    private static final String RUNNING = """
            select id from job where id = any(array(select unnest(jobs) from claim)) and state = 'running' and %s""";
    /** The states in which few jobs are, or those of which an operator wants to see all: they have an index. */
    private static final Set<JobState> LISTED_STATES = EnumSet.of(JobState.SCHEDULED, JobState.RETRYING, JobState.DEAD,
            JobState.CANCELLED);
    private static final String LISTED = """
            select found.id
            from (%s) as t (type), unnest(cast(:listed as text[])) as s (state) cross join lateral (
                select job_id as id from listed_job where listed_job.type = t.type and listed_job.state = s.state and %s
                order by job_id desc limit :most + 1) as found""";
    private static final Instant LAST = Instant.ofEpochMilli((1L << 48) - 1);
    private static final String ALL_TYPES = "select type from job_count union select type from job_count_change";
    private static final String FAILED = "select distinct job_id from job_failure where %s order by job_id desc";
    private static final String LATEST_ERROR = """
            (select error_class || ': ' || error_message from job_failure where job_id = job.id
             order by failed_at desc, attempt desc limit 1)""";
    private static final String LATEST_CAUSE = """
            (select error_cause(error_class, error_message) from job_failure where job_id = job.id
             order by failed_at desc, attempt desc limit 1)""";

    /**
     * Candidates are read one after another until the page is full or the time is up, whatever they weigh: PostgreSQL
     * evaluates a {@code with} query only as far as it is asked for. By their ids, whatever the planner believes: it may not
     * have seen yet that there are thousands. The first one is read in any case, so that a search gets on.
     */
    private static final String FOUND = """
            with candidate as materialized (
                select id from (%s) as source (id) order by id desc limit :most + 1),
            read as materialized (
                select id from candidate
                where id = (select id from candidate order by id desc limit 1)
                or clock_timestamp() < statement_timestamp() + interval '%d milliseconds'
                order by id desc limit :most),
            found as materialized (
                select job.id, %s as bytes
                from read cross join lateral (select * from job where job.id = read.id offset 0) as job
                where %s order by read.id desc limit :limit)
            """;

    /** And last, without bytes, where it has read to, if that is not the end and the page is not full. */
    private static final String PAGE = """
            select id, bytes from (
                select id, bytes from found union all
                select id, null from (select id from read order by id limit 1) as oldest
                where (select count(*) from found) < :limit
                and exists (select 1 from candidate where candidate.id < oldest.id)) as page
            order by bytes is null, id desc""";
    private static final String COUNT = "select count(bytes), count(*) from (%s) as counted".formatted(PAGE);

    private final Map<String, Object> values = new HashMap<>();
    private final String found;

    /**
     * @param after jobs older than this one; null for the newest
     * @param most how many candidates are read at most
     * @param limit how many may be found
     * @param newest that all jobs are candidates
     */
    JobSearchStatement(JobFilter filter, UUID after, int most, int limit, boolean newest) {
        values.put("most", most);
        values.put("limit", limit);
        found = FOUND.formatted(source(filter, range(filter, after), newest), MOST_TIME.toMillis(),
                Delivery.PAYLOAD_BYTES, String.join(" and ", conditions(filter)));
    }

    /** Ids and how many bytes the payloads take, newest first; the last one may say where to go on, with null for the bytes. */
    @SuppressWarnings("unchecked")
    List<Object[]> page(EntityManager entities) {
        return query(entities, PAGE).getResultList();
    }

    /** Empty if more would have to be read. */
    OptionalLong count(EntityManager entities) {
        Object[] counts = (Object[]) query(entities, COUNT).getSingleResult();
        return counts[0].equals(counts[1]) ? OptionalLong.of((long) counts[0]) : OptionalLong.empty();
    }

    private Query query(EntityManager entities, String sql) {
        Query query = entities.createNativeQuery(found + sql, Object[].class);
        values.forEach(query::setParameter);
        return query;
    }

    private String range(JobFilter filter, UUID after) {
        List<String> range = new ArrayList<>(List.of("true"));
        if (after != null) {
            range.add("%1$s < :after");
            values.put("after", after);
        }
        if (filter.from() != null) {
            range.add("%1$s >= :from");
            values.put("from", firstAt(filter.from()));
        }
        if (filter.to() != null) {
            range.add("%1$s < :to");
            values.put("to", firstAt(filter.to()));
        }
        return String.join(" and ", range);
    }

    /** The indexes that leave the least to read; no index is kept of what most jobs are, for each would slow all jobs down. */
    private String source(JobFilter filter, String range, boolean newest) {
        if (filter.recordId() != null) {
            values.put("recordId", filter.recordId());
            return "select job_id from foreign_job where record_id = :recordId and " + range.formatted("job_id");
        }
        if (filter.key() != null) {
            return "select id from job where key = :key and " + range.formatted("id");
        }
        if ((filter.error() != null || filter.cause() != null) && filter.states().isEmpty()) {
            return FAILED.formatted(range.formatted("job_id"));
        }
        if (newest) {
            return NEWEST.formatted(range.formatted("id"));
        }
        String type = filter.type() == null ? "" : " and type = :type";
        List<String> parts = new ArrayList<>();
        if (filter.states().contains(JobState.RUNNING)) {
            parts.add(RUNNING.formatted(range.formatted("id") + type));
        }
        Set<JobState> listed = EnumSet.copyOf(filter.states());
        listed.retainAll(LISTED_STATES);
        if (!listed.isEmpty()) {
            values.put("listed", labels(listed));
            parts.add(LISTED.formatted(filter.type() == null ? ALL_TYPES : "select cast(:type as text)",
                    range.formatted("job_id")));
        }
        if (filter.type() != null) {
            values.put("type", filter.type());
        }
        return String.join(" union all ", parts);
    }

    private List<String> conditions(JobFilter filter) {
        List<String> conditions = new ArrayList<>(List.of("true"));
        if (filter.type() != null) {
            conditions.add("job.type = :type");
            values.put("type", filter.type());
        }
        if (filter.key() != null) {
            conditions.add("job.key = :key");
            values.put("key", filter.key());
        }
        if (!filter.states().isEmpty()) {
            conditions.add("job.state = any(cast(:states as text[]))");
            values.put("states", labels(filter.states()));
        }
        if (filter.error() != null) {
            conditions.add(failedWith("error", filter.error()));
        }
        if (filter.cause() != null) {
            conditions.add(LATEST_CAUSE + " = :cause");
            values.put("cause", filter.cause());
        }
        if (filter.text() != null) {
            conditions.add("(job.key ilike :text or cast(job.payload as text) ilike :text or "
                    + failedWith("text", filter.text()) + ")");
        }
        int field = 0;
        for (Map.Entry<String, String> entry : filter.payload().entrySet()) {
            String name = "field" + field++;
            conditions.add("job.payload #>> cast(:" + name + " as text[]) = :" + name + "Value");
            values.put(name, entry.getKey().split("\\."));
            values.put(name + "Value", entry.getValue());
        }
        return conditions;
    }

    private String failedWith(String parameter, String text) {
        values.put(parameter, "%" + text.replaceAll("[\\\\%_]", "\\\\$0").replace('*', '%') + "%");
        return LATEST_ERROR + " ilike :" + parameter;
    }

    private static String[] labels(Set<JobState> states) {
        return states.stream().map(JobState::label).toArray(String[]::new);
    }

    /** The lowest UUID v7 of a millisecond (RFC 9562, section 5.7: the time, in 48 bits, then what is random). */
    private static UUID firstAt(Instant instant) {
        Instant inBounds = instant.isBefore(Instant.EPOCH) ? Instant.EPOCH : instant.isAfter(LAST) ? LAST : instant;
        return new UUID(inBounds.toEpochMilli() << 16 | 0x7000, 0x8000000000000000L);
    }
}
