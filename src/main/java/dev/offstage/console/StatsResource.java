package dev.offstage.console;

import java.util.Map;
import java.util.TreeMap;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

import dev.offstage.job.JobSearch;
import dev.offstage.job.JobState;
import dev.offstage.job.JobTypes;
import dev.offstage.queue.ConsumerLag;

/** How many jobs are where. */
@Path("/stats")
@Produces(MediaType.APPLICATION_JSON)
public class StatsResource {

    /** @param pending scheduled, queued, running and retrying ones */
    public record Stats(long pending, long running, long completed, long failed, Map<String, TypeStats> byType) {}

    /** @param lag records that the lane has not committed yet; null when Kafka does not say */
    public record TypeStats(long scheduled, long queued, long running, long retrying, long completed, long dead,
            long cancelled, Long lag) {

        long pending() {
            return scheduled + queued + running + retrying;
        }
    }

    private final JobSearch search;
    private final JobTypes types;
    private final ConsumerLag lag;

    StatsResource(JobSearch search, JobTypes types, ConsumerLag lag) {
        this.search = search;
        this.types = types;
        this.lag = lag;
    }

    @GET
    public Stats stats() {
        Map<String, Map<JobState, Long>> counts = search.count();
        Map<String, Long> lags = lag.byType();
        Map<String, TypeStats> byType = new TreeMap<>();
        for (JobTypes.Entry<?> type : types.all()) {
            byType.put(type.name(), stats(counts.getOrDefault(type.name(), Map.of()), lags.get(type.name())));
        }
        return new Stats(
                byType.values().stream().mapToLong(TypeStats::pending).sum(),
                byType.values().stream().mapToLong(TypeStats::running).sum(),
                byType.values().stream().mapToLong(TypeStats::completed).sum(),
                byType.values().stream().mapToLong(TypeStats::dead).sum(),
                byType);
    }

    private static TypeStats stats(Map<JobState, Long> counts, Long lag) {
        return new TypeStats(
                counts.getOrDefault(JobState.SCHEDULED, 0L),
                counts.getOrDefault(JobState.QUEUED, 0L),
                counts.getOrDefault(JobState.RUNNING, 0L),
                counts.getOrDefault(JobState.RETRYING, 0L),
                counts.getOrDefault(JobState.COMPLETED, 0L),
                counts.getOrDefault(JobState.DEAD, 0L),
                counts.getOrDefault(JobState.CANCELLED, 0L),
                lag);
    }
}
