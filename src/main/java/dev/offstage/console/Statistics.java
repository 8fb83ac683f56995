package dev.offstage.console;

import java.util.Map;
import java.util.TreeMap;

import jakarta.inject.Singleton;

import dev.offstage.console.Stats.TypeStats;
import dev.offstage.job.JobState;
import dev.offstage.job.JobTypes;
import dev.offstage.job.watch.JobCounts;
import dev.offstage.queue.ConsumerLag;
import dev.offstage.storage.StorageException;

/** Puts together what PostgreSQL and Kafka know about how many jobs are where. */
@Singleton
public class Statistics {

    private final JobCounts counts;
    private final JobTypes types;
    private final ConsumerLag lag;

    Statistics(JobCounts counts, JobTypes types, ConsumerLag lag) {
        this.counts = counts;
        this.types = types;
        this.lag = lag;
    }

    /** @throws StorageException if PostgreSQL does not say */
    public Stats current() {
        Map<String, Map<JobState, Long>> counted = counts.byType();
        Map<String, Long> lags = lag.byType();
        Map<String, TypeStats> byType = new TreeMap<>();
        for (JobTypes.Entry<?> type : types.all()) {
            byType.put(type.name(), stats(counted.getOrDefault(type.name(), Map.of()), lags.get(type.name())));
        }
        return Stats.of(byType);
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
