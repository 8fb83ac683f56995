package dev.offstage.job;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

import dev.offstage.health.Dependency;

import javax.sql.DataSource;

/**
 * Lets many callers share one statement: while one batch is under way, the next one gathers. So a lone caller waits
 * for nobody, and a thousand callers pay for one round trip and one fsync.
 *
 * <p>When PostgreSQL cannot be reached the batch waits and is tried again until it can; a batch that PostgreSQL
 * refuses is tried row by row, so that one bad row fails alone. So is one that waits for a lock again and again, and a row
 * that is still locked then goes to the end of the queue.
 */
final class GroupCommit<T, R> implements AutoCloseable {

    /** One statement for many rows; the answers stand in the order of the rows. */
    interface Statement<T, R> {
        List<R> execute(Connection connection, List<T> rows) throws SQLException;
    }

    private record Waiting<T, R>(T row, CompletableFuture<R> answer) {}

    /** Classes of SQLSTATE: the data or the statement is wrong or too large, and trying again would not help. */
    private static final Set<String> REFUSALS = Set.of("22", "23", "54");

    /** Classes of SQLSTATE: other transactions are in the way of one of the rows. */
    private static final Set<String> CONFLICTS = Set.of("40", "55");
    private static final int MOST_CONFLICTS = 2;
    private static final long FIRST_PAUSE_MS = 50;
    private static final long LONGEST_PAUSE_MS = 1_000;
    private static final int MAX_BATCH = 1_000;

    private final DataSource dataSource;
    private final Dependency postgresql;
    private final Statement<T, R> statement;
    private final BlockingQueue<Waiting<T, R>> queue;
    private final Thread thread;
    private volatile boolean open = true;

    /** @param capacity how many callers can wait at most; one more is refused with an exception */
    GroupCommit(String name, int capacity, DataSource dataSource, Dependency postgresql,
            Statement<T, R> statement) {
        this.dataSource = dataSource;
        this.postgresql = postgresql;
        this.statement = statement;
        this.queue = new ArrayBlockingQueue<>(capacity);
        this.thread = new Thread(this::serve, "offstage-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    /** The answer for this row once it is committed; fails only if PostgreSQL refuses the row, or at the end of the process. */
    CompletionStage<R> submit(T row) {
        Waiting<T, R> waiting = new Waiting<>(row, new CompletableFuture<>());
        if (!open) {
            waiting.answer.completeExceptionally(new IllegalStateException("This process is stopping."));
        } else {
            queue.add(waiting);
        }
        return waiting.answer;
    }

    private void serve() {
        List<Waiting<T, R>> batch = new ArrayList<>();
        while (open) {
            try {
                batch.add(queue.take());
                queue.drainTo(batch, MAX_BATCH - 1);
                commit(batch);
            } catch (InterruptedException e) {
                open = false;
            } catch (RuntimeException | Error e) { // a fault of ours must not end all claims and settlements for good
                batch.forEach(waiting -> waiting.answer.completeExceptionally(e));
            }
            batch.clear();
        }
    }

    private void commit(List<Waiting<T, R>> batch) throws InterruptedException {
        long pause = FIRST_PAUSE_MS;
        int conflicts = 0;
        while (true) {
            try {
                answer(batch);
                postgresql.worked();
                return;
            } catch (SQLException e) {
                if (isOf(REFUSALS, e)) {
                    answerOneByOne(batch, e);
                    return;
                }
                postgresql.failed(e);
                if (isOf(CONFLICTS, e) && ++conflicts > MOST_CONFLICTS && isOutOfTheWay(batch)) {
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
            batch.get(0).answer.completeExceptionally(new StorageException("PostgreSQL refused this row.", refusal));
            return;
        }
        commitOneByOne(batch);
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

    private static boolean isOf(Set<String> classes, SQLException e) {
        String state = e.getSQLState();
        return state != null && state.length() == 5 && classes.contains(state.substring(0, 2));
    }

    @Override
    public void close() {
        open = false;
        thread.interrupt();
        queue.forEach(waiting -> waiting.answer
                .completeExceptionally(new IllegalStateException("This process is stopping.")));
    }
}
