package dev.offstage.job.ledger;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.UUID;

import dev.offstage.job.JobState;

/** An outbox in memory: a test fills it, and sees what was done with it. */
public final class OutboxByHand extends Outbox {

    private static final Instant CREATED = Instant.parse("2030-01-01T00:00:00Z");

    private final Deque<Lease> leases = new ArrayDeque<>();
    private final Deque<Integer> forgotten = new ArrayDeque<>();
    private final List<OutboxJob.Version> published = new ArrayList<>();
    private final List<OutboxJob> givenBack = new ArrayList<>();
    private final List<Duration> backOffs = new ArrayList<>();
    private final List<String> searched = new ArrayList<>();
    private Throwable failure;

    public OutboxByHand() {
        super(null);
    }

    /** A job that is on its way to its queue. */
    public static OutboxJob queued(String key) {
        return new OutboxJob(UUID.randomUUID(), "scripted", key, "{}", 1, JobState.QUEUED, CREATED, CREATED, null, null,
                null);
    }

    /** A dead one, on its way to the dead letters. */
    public static OutboxJob dead(String key, Failure lastFailure) {
        return new OutboxJob(UUID.randomUUID(), "scripted", key, "{}", 5, JobState.DEAD, CREATED, CREATED, null,
                lastFailure, null);
    }

    /** Is what the next sweep finds. */
    public void lease(boolean more, OutboxJob... jobs) {
        leases.add(new Lease(List.of(jobs), more));
    }

    /** How many jobs are found by the next searches. */
    public void forgot(Collection<Integer> found) {
        forgotten.addAll(found);
    }

    /** From now on every call fails with this; null for none. */
    public void fail(Throwable with) {
        failure = with;
    }

    public List<OutboxJob.Version> published() {
        return published;
    }

    public List<OutboxJob> givenBack() {
        return givenBack;
    }

    public List<Duration> backOffs() {
        return backOffs;
    }

    /** The types whose forgotten jobs were looked for, once for each batch. */
    public List<String> searched() {
        return searched;
    }

    @Override
    public Lease lease(int limit, Duration time) throws SQLException {
        maybeFail();
        return leases.isEmpty() ? new Lease(List.of(), false) : leases.remove();
    }

    @Override
    public void published(List<OutboxJob.Version> jobs) throws SQLException {
        maybeFail();
        published.addAll(jobs);
    }

    @Override
    public void giveBack(List<OutboxJob> jobs, Duration after) throws SQLException {
        maybeFail();
        givenBack.addAll(jobs);
        backOffs.add(after);
    }

    @Override
    public int publishAgain(String type, Instant publishedBefore, int limit) throws SQLException {
        maybeFail();
        searched.add(type);
        return forgotten.isEmpty() ? 0 : forgotten.remove();
    }

    private void maybeFail() throws SQLException {
        if (failure instanceof SQLException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
    }
}
