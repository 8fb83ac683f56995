package dev.offstage.job;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;

/**
 * Finds jobs, newest first, a page at a time; however many jobs there are, a page is soon there. Ids are UUID v7, so their
 * order is that of time.
 */
@ApplicationScoped
public class JobSearch {

    /**
     * @param next where the next page begins, as {@code after}; null at the end
     */
    public record Page(List<Job> jobs, UUID next) {}

    /**
     * A page of which nothing else is needed.
     *
     * @param next where the next page begins, as {@code after}; null at the end
     */
    public record Ids(List<UUID> ids, UUID next) {}

    /** Of the payloads of a page, give or take the first one. */
    private static final long MOST_BYTES = 8 * 1024 * 1024;

    /** How many rows a page reads at the most if no index knows which of them are looked for. */
    private static final int MOST_READ = 5_000;

    private static final String NEWEST = "select id from job where %s";
    private static final String RUNNING = "select id from job where worker is not null and %s";
    private static final String QUEUED = """
            select id from job where state = 'queued' and publish_at is not null and %1$s union all
            select id from job where state = 'queued' and publish_at is null and published_at is not null and %1$s""";
    /** The states in which few jobs are, or those of which an operator wants to see all: they have an index. */
    private static final Set<JobState> LISTED_STATES = EnumSet.of(JobState.SCHEDULED, JobState.RETRYING, JobState.DEAD,
            JobState.CANCELLED);
    private static final String LISTED = """
            select found.id
            from (%s) as t (type), unnest(cast(:listed as text[])) as s (state) cross join lateral (
                select id from job where job.type = t.type and job.state = s.state
                and job.state in ('scheduled', 'retrying', 'dead', 'cancelled') and %s
                order by id desc limit :most) as found""";
    private static final String UPCOMING = """
            select * from job where publish_at is not null and state = 'scheduled' order by publish_at limit :limit
            """;
    private static final Instant LAST = Instant.ofEpochMilli((1L << 48) - 1);
    private static final String ALL_TYPES = "select type from job_count union select type from job_count_change";
    private static final String FAILED = "select distinct job_id from job_failure where %s order by job_id desc";
    private static final String LATEST_ERROR = """
            (select error_class || ': ' || error_message from job_failure where job_id = job.id
             order by failed_at desc, attempt desc limit 1)""";
    private static final String LATEST_CAUSE = """
            (select error_cause(error_class, error_message) from job_failure where job_id = job.id
             order by failed_at desc, attempt desc limit 1)""";
    private static final String SEARCH = """
            with candidate as materialized (select id from (%s) as source (id) order by id desc limit :most)
            """;

    /**
     * By their ids, whatever the planner believes: it may not have seen yet that there are thousands. Ordered as the
     * candidates are, a full page ends the search.
     */
    private static final String ROWS = """
            candidate cross join lateral (select * from job where job.id = candidate.id offset 0) as job""";

    private final EntityManager entities;
    private final JobCounts counts;

    JobSearch(EntityManager entities, JobCounts counts) {
        this.entities = entities;
        this.counts = counts;
    }

    /**
     * The next page may be short, even empty, where only reading tells which jobs are looked for: then it says how far it has
     * read. So may one be whose jobs are large.
     *
     * @param after jobs older than this one; null for the newest
     * @param limit how many at the most
     */
    public Page find(JobFilter filter, UUID after, int limit) {
        Ids page = ids(filter, after, limit, MOST_BYTES);
        return new Page(rows(page.ids), page.next);
    }

    /** The ids of the next page, whatever its jobs weigh; otherwise as {@link #find}. */
    public Ids ids(JobFilter filter, UUID after, int limit) {
        return ids(filter, after, limit, Long.MAX_VALUE);
    }

    private Ids ids(JobFilter filter, UUID after, int limit, long mostBytes) {
        boolean newest = knowsNoIndex(filter);
        boolean reads = newest || filter.reads() || filter.key() != null;
        int most = reads ? MOST_READ : limit + 1;
        Statement search = new Statement(filter, after, most, newest);
        List<Object[]> found = search.idsAndBytes(limit + 1);
        int taken = taken(found, limit, mostBytes);
        List<UUID> ids = found.stream().limit(taken).map(row -> (UUID) row[0]).toList();
        return new Ids(ids, found.size() > taken ? ids.get(taken - 1) : reads ? search.lastRead(most) : null);
    }

    private static int taken(List<Object[]> found, int limit, long mostBytes) {
        int taken = 0;
        long bytes = 0;
        while (taken < Math.min(found.size(), limit)) {
            bytes += (int) found.get(taken)[1];
            if (taken > 0 && bytes > mostBytes) {
                break;
            }
            taken++;
        }
        return taken;
    }

    @SuppressWarnings("unchecked")
    private List<Job> rows(List<UUID> ids) {
        return entities.createNativeQuery("select * from job where id = any(:ids) order by id desc", Job.class)
                .setParameter("ids", ids.toArray(UUID[]::new))
                .getResultList();
    }

    /** Then the newest jobs are read, one after another. */
    private boolean knowsNoIndex(JobFilter filter) {
        return filter.states().isEmpty() || filter.states().contains(JobState.COMPLETED)
                || filter.states().contains(JobState.QUEUED) && counts.of(JobState.QUEUED) > MOST_READ;
    }

    /** @return how many jobs a filter lets through; empty if more than this would have to be looked at */
    public OptionalLong count(JobFilter filter, int most) {
        Statement search = new Statement(filter, null, most + 1, knowsNoIndex(filter));
        return search.lastRead(most + 1) == null ? OptionalLong.of(search.count()) : OptionalLong.empty();
    }

    /** The SQL that a filter becomes, and its parameters. */
    private final class Statement {

        private final Map<String, Object> values = new HashMap<>();
        private final String candidates;
        private final String conditions;

        Statement(JobFilter filter, UUID after, int most, boolean newest) {
            this.candidates = SEARCH.formatted(source(filter, range(filter, after), newest));
            this.conditions = String.join(" and ", conditions(filter));
            values.put("most", most);
        }

        @SuppressWarnings("unchecked")
        List<Object[]> idsAndBytes(int limit) {
            return query(candidates + "select job.id, " + Delivery.PAYLOAD_BYTES + " from " + ROWS + " where "
                    + conditions + " order by candidate.id desc", values, Object[].class).setMaxResults(limit)
                    .getResultList();
        }

        long count() {
            return (long) query(candidates + "select count(*) from " + ROWS + " where " + conditions,
                    values,
                    Long.class).getSingleResult();
        }

        /** Null if there is nothing after it. */
        UUID lastRead(int most) {
            Map<String, Object> needed = new HashMap<>(values);
            needed.keySet().removeIf(name -> !candidates.contains(":" + name));
            return (UUID) query(candidates + "select id from candidate order by id desc", needed, UUID.class)
                    .setFirstResult(most - 1)
                    .getResultStream()
                    .findFirst()
                    .orElse(null);
        }

        private Query query(String sql, Map<String, Object> parameters, Class<?> result) {
            Query query = entities.createNativeQuery(sql, result);
            parameters.forEach(query::setParameter);
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
            if (filter.key() != null) {
                values.put("key", filter.key());
                return "select id from job where key = :key and " + range.formatted("id");
            }
            if ((filter.error() != null || filter.cause() != null) && filter.states().isEmpty()) {
                return FAILED.formatted(range.formatted("job_id"));
            }
            if (newest) {
                return NEWEST.formatted(range.formatted("id"));
            }
            String type = filter.type() == null ? "" : " and type = :type";
            String within = range.formatted("id") + type;
            List<String> parts = new ArrayList<>();
            if (filter.states().contains(JobState.RUNNING)) {
                parts.add(RUNNING.formatted(within));
            }
            if (filter.states().contains(JobState.QUEUED)) {
                parts.add(QUEUED.formatted(within));
            }
            Set<JobState> listed = EnumSet.copyOf(filter.states());
            listed.retainAll(LISTED_STATES);
            if (!listed.isEmpty()) {
                values.put("listed", labels(listed));
                parts.add(LISTED.formatted(filter.type() == null ? ALL_TYPES : "select cast(:type as text)",
                        range.formatted("id")));
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
    }

    private static String[] labels(Set<JobState> states) {
        return states.stream().map(JobState::label).toArray(String[]::new);
    }

    /** Those that are scheduled, whichever is due first. */
    @SuppressWarnings("unchecked")
    public List<Job> upcoming(int limit) {
        return entities.createNativeQuery(UPCOMING, Job.class).setParameter("limit", limit).getResultList();
    }

    /** The lowest UUID v7 of a millisecond (RFC 9562, section 5.7: the time, in 48 bits, then what is random). */
    private static UUID firstAt(Instant instant) {
        Instant inBounds = instant.isBefore(Instant.EPOCH) ? Instant.EPOCH : instant.isAfter(LAST) ? LAST : instant;
        return new UUID(inBounds.toEpochMilli() << 16 | 0x7000, 0x8000000000000000L);
    }
}
