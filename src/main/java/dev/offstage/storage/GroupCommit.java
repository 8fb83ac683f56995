package dev.offstage.storage;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import dev.offstage.health.Dependency;
import dev.offstage.health.PostgresqlGone;

import javax.sql.DataSource;

/**
 * Lets many callers share one statement: while one batch is under way, the next one gathers. So a lone caller waits
 * for nobody, and a thousand callers pay for one round trip and one fsync.
 *
 * <p>A batch that PostgreSQL refuses is tried row by row, so that one bad row fails alone; so is one that waits for a
 * lock. When PostgreSQL cannot be reached, impatient callers are told so, and patient ones wait until it can.
 *
 * @param <T> what a caller brings
 * @param <R> what it gets
 */
public final class GroupCommit<T, R> implements AutoCloseable {

    /** One statement or transaction for many rows; the answers stand in the order of the rows. */
    public interface Statement<T, R> {
        List<R> execute(Connection connection, List<T> rows) throws SQLException;
    }

    /**
     * What callers may expect.
     *
     * @param callers how many can wait at most; one more is refused
     * @param batch how many share a commit at most
     * @param threads how many batches can be under way at once
     * @param patience after this time without an answer a caller gets an exception; null if callers wait for as long as
     *        PostgreSQL is away
     */
    public record Terms(int callers, int batch, int threads, Duration patience) {

        /** One batch at a time, for callers that wait for as long as PostgreSQL is away. */
        public static Terms patient(int callers) {
            return new Terms(callers, 1_000, 1, null);
        }
    }

    private record Waiting<T, R>(T row, CompletableFuture<R> answer) {

        /** Nobody waits any more. */
        boolean isOver() {
            return answer.isDone();
        }

        void refuse(String message, SQLException cause) {
            answer.completeExceptionally(new StorageException(message, cause));
        }
    }

    /** Classes of SQLSTATE: the data or the statement is wrong or too large, and trying again would not help. */
    private static final Set<String> REFUSALS = Set.of("22", "23", "54");

    /** SQLSTATE of what is there and cannot be had in time. */
    private static final String BUSY = "55P03";

    private static final int MOST_CONFLICTS = 2;
    private static final long FIRST_PAUSE_MS = 50;
    private static final long LONGEST_PAUSE_MS = 1_000;

    private final DataSource dataSource;
    private final Dependency postgresql;
    private final Statement<T, R> statement;
    private final Terms terms;
    private final BlockingQueue<Waiting<T, R>> queue;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean open = true;

    public GroupCommit(String name, Terms terms, DataSource dataSource, Dependency postgresql,
            Statement<T, R> statement) {
        this.dataSource = dataSource;
        this.postgresql = postgresql;
        this.statement = statement;
        this.terms = terms;
        this.queue = new ArrayBlockingQueue<>(terms.callers);
        for (int i = 1; i <= terms.threads; i++) {
            Thread thread = new Thread(this::serve, "offstage-" + name + (terms.threads == 1 ? "" : "-" + i));
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    /**
     * The answer for this row once it is committed. It fails with a {@link StorageException} if PostgreSQL refuses the
     * row, too many callers wait already, or an impatient one has waited long enough: then nobody knows whether the row
     * was committed.
     */
    public CompletionStage<R> submit(T row) {
        Waiting<T, R> waiting = new Waiting<>(row, new CompletableFuture<>());
        if (!open) {
            waiting.answer.completeExceptionally(new IllegalStateException("This process is stopping."));
        } else if (!queue.offer(waiting)) {
            waiting.refuse("Too many wait for PostgreSQL.",
                    new SQLTransientException("The queue for PostgreSQL is full.", BUSY));
        } else if (terms.patience != null) {
            return waiting.answer.orTimeout(terms.patience.toMillis(), TimeUnit.MILLISECONDS)
                    .exceptionallyCompose(failure -> CompletableFuture.failedFuture(inTime(waiting, failure)));
        }
        return waiting.answer;
    }

    /** Who has waited long enough takes no place in the queue from anybody else. */
    private Throwable inTime(Waiting<T, R> waiting, Throwable failure) {
        if (!(failure instanceof TimeoutException)) {
            return failure;
        }
        queue.removeIf(other -> other == waiting);
        return new StorageException("PostgreSQL did not answer in time.", new SQLTimeoutException());
    }

    private void serve() {
        List<Waiting<T, R>> batch = new ArrayList<>();
        while (open) {
            try {
                batch.add(queue.take());
                queue.drainTo(batch, terms.batch - 1);
                commit(batch);
            } catch (InterruptedException e) {
                open = false;
            } catch (RuntimeException | Error e) { // a fault of ours must not end all commits for good
                batch.forEach(waiting -> waiting.answer.completeExceptionally(e));
            }
            batch.clear();
        }
    }

    private void commit(List<Waiting<T, R>> all) throws InterruptedException {
        List<Waiting<T, R>> batch = all.stream().filter(waiting -> !waiting.isOver()).toList();
        long pause = FIRST_PAUSE_MS;
        int conflicts = 0;
        while (!batch.isEmpty()) {
            try {
                answer(batch);
                postgresql.worked();
                return;
            } catch (SQLException e) {
                if (isRefusal(e)) {
                    answerOneByOne(batch, e);
                    return;
                }
                postgresql.failed(e);
                if (terms.patience != null) {
                    giveUp(batch, e);
                    return;
                }
                if (PostgresqlGone.isConflict(e) && ++conflicts > MOST_CONFLICTS && isOutOfTheWay(batch)) {
                    return;
                }
                TimeUnit.MILLISECONDS.sleep(pause);
                pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
            }
        }
    }

    private void answer(List<Waiting<T, R>> batch) throws SQLException {
        List<R> answers;
        try (Connection connection = dataSource.getConnection()) {
            answers = statement.execute(connection, batch.stream().map(Waiting::row).toList());
        }
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).answer.complete(answers.get(i));
        }
    }

    private void answerOneByOne(List<Waiting<T, R>> batch, SQLException refusal) throws InterruptedException {
        if (batch.size() == 1) {
            batch.get(0).refuse("PostgreSQL refused this row.", refusal);
        } else {
            commitOneByOne(batch);
        }
    }

    /** Whoever locks one of the rows need not be in the way of the others. */
    private void giveUp(List<Waiting<T, R>> batch, SQLException failure) throws InterruptedException {
        if (batch.size() > 1 && PostgresqlGone.isConflict(failure)) {
            commitOneByOne(batch);
        } else {
            batch.forEach(waiting -> waiting.refuse("PostgreSQL cannot be reached, or takes too long.", failure));
        }
    }

    private void commitOneByOne(List<Waiting<T, R>> batch) throws InterruptedException {
        for (Waiting<T, R> waiting : batch) {
            commit(List.of(waiting));
        }
    }

    /** Lets the rows of a batch go their own ways; false if the last of them has nowhere to go and is tried again. */
    private boolean isOutOfTheWay(List<Waiting<T, R>> batch) throws InterruptedException {
        if (batch.size() == 1) {
            return queue.offer(batch.get(0));
        }
        commitOneByOne(batch);
        return true;
    }

    private static boolean isRefusal(SQLException e) {
        String state = e.getSQLState();
        return state != null && state.length() == 5 && REFUSALS.contains(state.substring(0, 2));
    }

    @Override
    public void close() {
        open = false;
        threads.forEach(Thread::interrupt);
        queue.forEach(waiting -> waiting.answer
                .completeExceptionally(new IllegalStateException("This process is stopping.")));
    }
}
