package dev.offstage.job;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;

/** Finds and counts jobs. */
@ApplicationScoped
public class JobSearch {

    /**
     * What to look for; each part may be null.
     *
     * @param text found in the payload, the key or an error
     * @param after jobs older than this one
     */
    public record Filter(String type, JobState state, String text, UUID after) {}

    private final EntityManager entities;

    JobSearch(EntityManager entities) {
        this.entities = entities;
    }

    /** Newest first; ids are UUID v7, so their order is that of time. */
    @SuppressWarnings("unchecked")
    public List<Job> find(Filter filter, int limit) {
        List<String> conditions = new ArrayList<>(List.of("true"));
        Map<String, Object> values = new HashMap<>();
        if (filter.type() != null) {
            conditions.add("type = :type");
            values.put("type", filter.type());
        }
        if (filter.state() != null) {
            conditions.add("state = :state");
            values.put("state", filter.state().label());
        }
        if (filter.text() != null) {
            conditions.add("""
                    (key like :text or cast(payload as text) ilike :text or exists (
                        select 1 from job_failure f where f.job_id = job.id
                        and (f.error_message ilike :text or f.error_class ilike :text)))""");
            values.put("text", "%" + filter.text().replaceAll("[\\\\%_]", "\\\\$0") + "%");
        }
        if (filter.after() != null) {
            conditions.add("id < :after");
            values.put("after", filter.after());
        }
        var query = entities.createNativeQuery(
                "select * from job where " + String.join(" and ", conditions) + " order by id desc", Job.class);
        values.forEach(query::setParameter);
        return query.setMaxResults(limit).getResultList();
    }

    /** How many jobs of each type are in each state; what there are none of is missing. */
    public Map<String, Map<JobState, Long>> count() {
        Map<String, Map<JobState, Long>> counts = new TreeMap<>();
        for (Object row : entities.createQuery("select j.type, j.state, count(*) from Job j group by j.type, j.state")
                .getResultList()) {
            Object[] columns = (Object[]) row;
            counts.computeIfAbsent((String) columns[0], type -> new HashMap<>())
                    .put((JobState) columns[1], (Long) columns[2]);
        }
        return counts;
    }
}
