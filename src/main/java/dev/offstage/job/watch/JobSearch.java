package dev.offstage.job.watch;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;

import dev.offstage.job.JobState;
import dev.offstage.job.ledger.Job;

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

    /** How many rows a page reads at most if no index knows which of them are looked for. */
    private static final int MOST_READ = 5_000;

    /** The lower-case one of an id that was spelt in two ways first. */
    private static final String RECORD_IDS = """
            select record_id from foreign_job where job_id = :job order by record_id collate "C" desc
            """;

    /** By the primary keys of both tables; a member that has just ended may still be there. */
    private static final String WAITS_FOR = """
            select bool_or(until_dead), count(*), count(*) filter (where job.state = 'dead'),
                   (array_agg(job.id order by job.state <> 'dead', job.id))[1:%d]
            from job_batch join batch_member on batch_id = job_batch.job_id join job on job.id = batch_member.job_id
            where job_batch.job_id = :job and job.state not in ('completed', 'cancelled')
            having count(*) > 0
            """.formatted(WaitsFor.MOST_EXAMPLES);

    private static final String UPCOMING = """
            select job.* from (select publish_at, unnest(jobs) as id from outbox order by publish_at) as due
            cross join lateral (select * from job where job.id = due.id and state = 'scheduled' offset 0) as job
            order by due.publish_at limit :limit
            """;

    private final EntityManager entities;

    JobSearch(EntityManager entities) {
        this.entities = entities;
    }

    /**
     * The next page may be short, even empty, where only reading tells which jobs are looked for: then it says how far it has
     * read. So may one be whose jobs are large.
     *
     * @param after jobs older than this one; null for the newest
     * @param limit how many at most
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
        boolean reads = newest || filter.reads() || filter.key() != null || filter.recordId() != null;
        List<Object[]> page = new JobSearchStatement(filter, after, reads ? MOST_READ : limit, limit + 1, newest)
                .page(entities);
        int taken = taken(page, limit, mostBytes);
        List<UUID> ids = page.stream().limit(taken).map(row -> (UUID) row[0]).toList();
        if (page.size() == taken) {
            return new Ids(ids, null);
        }
        boolean readTo = page.get(taken)[1] == null;
        return new Ids(ids, readTo ? (UUID) page.get(taken)[0] : ids.get(taken - 1));
    }

    private static int taken(List<Object[]> found, int limit, long mostBytes) {
        int taken = 0;
        long bytes = 0;
        while (taken < Math.min(found.size(), limit) && found.get(taken)[1] != null) {
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
                || filter.states().contains(JobState.QUEUED);
    }

    /** @return how many jobs a filter lets through; empty if more than this would have to be looked at, or for too long */
    public OptionalLong count(JobFilter filter, int most) {
        return new JobSearchStatement(filter, null, most, most + 1, knowsNoIndex(filter)).count(entities);
    }

    /**
     * What the records of other programs call a job, the usual spelling first; for a record without an id what was made for it. Empty
     * for a job that was enqueued here.
     */
    @SuppressWarnings("unchecked")
    public List<String> recordIds(UUID job) {
        return entities.createNativeQuery(RECORD_IDS, String.class).setParameter("job", job).getResultList();
    }

    /** What holds a job up that others must end before; empty if nothing does. */
    public Optional<WaitsFor> waitsFor(UUID job) {
        @SuppressWarnings("unchecked") // of a native query, which has no type
        List<Object[]> rows = entities.createNativeQuery(WAITS_FOR, Object[].class)
                .setParameter("job", job)
                .getResultList();
        return rows.stream().findFirst().map(JobSearch::waitsFor);
    }

    private static WaitsFor waitsFor(Object[] row) {
        return new WaitsFor((boolean) row[0] ? WaitsFor.Until.DEAD : WaitsFor.Until.DONE, ((Number) row[1]).longValue(),
                ((Number) row[2]).longValue(), List.of((UUID[]) row[3]));
    }

    /** Those that are scheduled, whichever is due first. */
    @SuppressWarnings("unchecked")
    public List<Job> upcoming(int limit) {
        return entities.createNativeQuery(UPCOMING, Job.class).setParameter("limit", limit).getResultList();
    }
}
