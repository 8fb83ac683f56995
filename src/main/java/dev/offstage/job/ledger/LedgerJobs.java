package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionException;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Status;
import jakarta.transaction.TransactionSynchronizationRegistry;

import io.agroal.api.AgroalDataSource;

import dev.offstage.background.Timer;
import dev.offstage.job.Enqueued;
import dev.offstage.job.EnqueuedBatch;
import dev.offstage.job.JobBatch;
import dev.offstage.job.Jobs;
import dev.offstage.job.NewJob;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.GroupCommit;
import dev.offstage.storage.StorageException;
import dev.offstage.storage.Transaction;

/** Enqueues jobs: in the transaction that runs, in one of their own, or, where they are few and small, together with those of other callers. */
@ApplicationScoped
class LedgerJobs implements Jobs {

    /** A call with more jobs has a commit of its own, on its caller's thread, and so has one with larger payloads. */
    private static final int FEW = 100;
    /** Characters of all payloads of a call. */
    private static final int SMALL = 64 * 1024;
    private static final int MOST_CALLERS = 1_000;
    private static final int MOST_CALLS_TOGETHER = 250;
    private static final Duration PATIENCE = Duration.ofMillis(1_500);

    private final JobPreparation preparation;
    private final JobStore store;
    private final AgroalDataSource dataSource;
    private final TransactionSynchronizationRegistry transaction;
    private final GroupCommit<List<OutboxJob>, Boolean> shared;

    LedgerJobs(JobPreparation preparation, JobStore store, AgroalDataSource dataSource,
            TransactionSynchronizationRegistry transaction, Dependencies dependencies, Timer timer) {
        this.preparation = preparation;
        this.store = store;
        this.dataSource = dataSource;
        this.transaction = transaction;
        this.shared = new GroupCommit<>("enqueue",
                new GroupCommit.Terms(MOST_CALLERS, MOST_CALLS_TOGETHER, 1, PATIENCE), dataSource,
                dependencies.postgresql(), timer, this::storeShared);
    }

    @Override
    public List<Enqueued> enqueue(List<NewJob> newJobs) {
        PreparedJobs prepared = new PreparedJobs(newJobs, preparation.prepare(newJobs));
        if (isAlone() && mayShare(prepared)) {
            awaitShared(prepared.jobs());
            return prepared.enqueued();
        }
        return store(prepared);
    }

    @Override
    public EnqueuedBatch enqueue(JobBatch batch) {
        PreparedJobs prepared = preparation.prepare(batch);
        return new EnqueuedBatch(store(prepared), PreparedJobs.enqueued(prepared.then()),
                PreparedJobs.enqueued(prepared.onDead()));
    }

    @Override
    public void check(NewJob newJob) {
        preparation.prepare(List.of(newJob));
    }

    private boolean isAlone() {
        return transaction.getTransactionStatus() == Status.STATUS_NO_TRANSACTION;
    }

    private List<Enqueued> store(PreparedJobs prepared) {
        List<OutboxJob> stored = new ArrayList<>();
        List<Enqueued> all;
        try (Connection connection = dataSource.getConnection()) {
            all = isAlone()
                    ? Transaction.run(connection, () -> store.store(connection, prepared, stored))
                    : store.store(connection, prepared, stored);
        } catch (SQLException e) {
            throw new StorageException("The jobs could not be stored.", e);
        }
        store.committed(stored);
        return all;
    }

    /**
     * Few jobs share the commit of other callers. Large payloads do not. Example: one caller brings 1 MiB, and 50 callers bring one mail each; in
     * one transaction, all 50 would wait until the megabyte is on the disk. Nor do jobs with unique keys, which may wait for another transaction.
     */
    private static boolean mayShare(PreparedJobs prepared) {
        return prepared.jobs().size() <= FEW && prepared.asked().stream().noneMatch(UniqueKeys::hasOne)
                && prepared.jobs().stream().mapToInt(job -> job.payload().length()).sum() <= SMALL;
    }

    private void awaitShared(List<OutboxJob> jobs) {
        try {
            shared.submit(jobs).toCompletableFuture().join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof StorageException refusal ? refusal : e;
        }
    }

    private List<Boolean> storeShared(Connection connection, List<List<OutboxJob>> calls) throws SQLException {
        List<OutboxJob> jobs = OutboxEntry.share(calls.stream().flatMap(List::stream).toList());
        store.insert(connection, jobs);
        store.committed(jobs);
        return Collections.nCopies(calls.size(), true);
    }

    @PreDestroy
    void close() {
        shared.close();
    }
}
