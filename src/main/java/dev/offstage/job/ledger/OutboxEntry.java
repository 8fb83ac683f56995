package dev.offstage.job.ledger;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import dev.offstage.job.JobState;

/**
 * A row of the outbox: jobs that one commit made due at the same time. It is there until Kafka has all of them, so a commit costs one such
 * row, and not one for each of its jobs.
 *
 * @param jobs of which Kafka has to get a record
 */
public record OutboxEntry(UUID id, List<OutboxJob> jobs) {

    /** So that a row stays within a page of PostgreSQL. */
    private static final int MOST_JOBS = 100;

    private record Due(JobState state, Instant at) {}

    /**
     * Puts new jobs into as few entries as can be. Jobs that are due at once share one, whatever instant they have for the sweep; a large
     * one has one of its own, for the sweep reads entries whole.
     */
    static List<OutboxJob> share(List<OutboxJob> jobs) {
        Map<Due, UUID> open = new HashMap<>();
        Map<UUID, Integer> sizes = new HashMap<>();
        List<OutboxJob> shared = new ArrayList<>(jobs.size());
        for (OutboxJob job : jobs) {
            UUID entry = job.id();
            if (!job.isLarge()) {
                Due due = new Due(job.state(), job.dueAt());
                UUID other = open.get(due);
                if (other == null || sizes.get(other) == MOST_JOBS) {
                    open.put(due, entry);
                } else {
                    entry = other;
                }
                sizes.merge(entry, 1, Integer::sum);
            }
            shared.add(job.inEntry(entry));
        }
        return shared;
    }

    /** The entries of jobs that have one. */
    public static List<OutboxEntry> of(List<OutboxJob> jobs) {
        Map<UUID, List<OutboxJob>> entries = new LinkedHashMap<>();
        for (OutboxJob job : jobs) {
            if (job.entry() != null) {
                entries.computeIfAbsent(job.entry(), id -> new ArrayList<>()).add(job);
            }
        }
        List<OutboxEntry> all = new ArrayList<>(entries.size());
        entries.forEach((id, itsJobs) -> all.add(new OutboxEntry(id, itsJobs)));
        return all;
    }
}
