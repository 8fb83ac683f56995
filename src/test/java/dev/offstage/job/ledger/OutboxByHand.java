package dev.offstage.job.ledger;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.UUID;

import dev.offstage.job.JobState;

/** An outbox in memory: a test fills it, and sees what was done with it. */
public final class OutboxByHand extends Outbox {

    private static final Instant CREATED = Instant.parse("2030-01-01T00:00:00Z");

    private final Deque<Lease> leases = new ArrayDeque<>();
    private final Deque<Integer> forgotten = new ArrayDeque<>();
    private final List<UUID> published = new ArrayList<>();
    private final List<OutboxJob> givenBack = new ArrayList<>();
    private final List<Duration> backOffs = new ArrayList<>();
    private final List<UUID> searched = new ArrayList<>();
    private Throwable failure;

    public OutboxByHand() {
        super(null);
    }

    /** A job that is on its way to its queue. */
    public static OutboxJob queued(String key) {
        UUID id = UUID.randomUUID();
        return new OutboxJob(id, "scripted", key, "{}", 1, JobState.QUEUED, CREATED, CREATED, id, null, null, null);
    }

    /** A dead one, on its way to the dead letters. */
    public static OutboxJob dead(String key, Failure lastFailure) {
        UUID id = UUID.randomUUID();
        return new OutboxJob(id, "scripted", key, "{}", 5, JobState.DEAD, CREATED, CREATED, id, null, lastFailure,
                null);
    }

    /** Is what the next sweep finds. */
    public void lease(boolean more, OutboxJob... jobs) {
        leases.add(new Lease(OutboxEntry.of(List.of(jobs)), List.of(), more));
    }

    /** The same, with jobs that another transaction has locked. */
    public void leaseBesideLocked(OutboxJob locked, OutboxJob... jobs) {
        leases.add(new Lease(OutboxEntry.of(List.of(jobs)), List.of(locked), false));
    }

    /** The same, with one entry. */
    public void leaseEntry(OutboxEntry entry) {
        leases.add(new Lease(List.of(entry), List.of(), false));
    }

    /** How many jobs are found by the next searches. */
    public void forgot(Collection<Integer> found) {
        forgotten.addAll(found);
    }

    /** From now on every call fails with this; null for none. */
    public void fail(Throwable with) {
        failure = with;
    }

    /** The entries that were taken out. */
    public List<UUID> published() {
        return published;
    }

    public List<OutboxJob> givenBack() {
        return givenBack;
    }

    public List<Duration> backOffs() {
        return backOffs;
    }

    /** After which ids forgotten jobs were looked for, one for each page. */
    public List<UUID> searched() {
        return searched;
    }

    @Override
    public Lease lease(int limit, Duration time) throws SQLException {
        maybeFail();
        return leases.isEmpty() ? new Lease(List.of(), List.of(), false) : leases.remove();
    }

    @Override
    public void published(List<UUID> entries) throws SQLException {
        maybeFail();
        published.addAll(entries);
    }

    @Override
    public void giveBack(List<UUID> entries, List<OutboxJob> jobs, Duration after) throws SQLException {
        maybeFail();
        givenBack.addAll(jobs);
        backOffs.add(after);
    }

    @Override
    public Set<String> typesThatWait() throws SQLException {
        maybeFail();
        return Set.of("scripted");
    }

    @Override
    public Page publishAgain(String type, Instant dueBefore, UUID after, int limit) throws SQLException {
        maybeFail();
        searched.add(after);
        int found = forgotten.isEmpty() ? 0 : forgotten.remove();
        return new Page(found, forgotten.isEmpty() ? null : UUID.randomUUID());
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
