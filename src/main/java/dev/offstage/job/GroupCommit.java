package dev.offstage.job;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

import org.jboss.logging.Logger;

import javax.sql.DataSource;

/**
 * Lets many callers share one statement: while one batch is under way, the next one gathers. So a lone caller waits
 * for nobody, and a thousand callers pay for one round trip and one fsync.
 *
 * <p>When PostgreSQL cannot be reached the batch waits and is tried again until it can; a batch that PostgreSQL
 * refuses is tried row by row, so that one bad row fails alone.
 */
final class GroupCommit<T, R> implements AutoCloseable {

    /** One statement for many rows; the answers stand in the order of the rows. */
    interface Statement<T, R> {
        List<R> execute(Connection connection, List<T> rows) throws SQLException;
    }

    private record Waiting<T, R>(T row, CompletableFuture<R> answer) {}

    private static final Logger LOG = Logger.getLogger(GroupCommit.class);
    private static final long FIRST_PAUSE_MS = 50;
    private static final long LONGEST_PAUSE_MS = 1_000;
    private static final int MAX_BATCH = 1_000;

    private final String name;
    private final DataSource dataSource;
    private final Statement<T, R> statement;
    private final BlockingQueue<Waiting<T, R>> queue;
    private final Thread thread;
    private volatile boolean open = true;

    /** @param capacity how many callers can wait at most; one more is refused with an exception */
    GroupCommit(String name, int capacity, DataSource dataSource, Statement<T, R> statement) {
        this.name = name;
        this.dataSource = dataSource;
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
            }
            batch.clear();
        }
    }

    private void commit(List<Waiting<T, R>> batch) throws InterruptedException {
        long pause = FIRST_PAUSE_MS;
        boolean troubled = false;
        while (true) {
            try {
                answer(batch);
                if (troubled) {
                    LOG.infof("PostgreSQL is back; %s goes on", name);
                }
                return;
            } catch (SQLException e) {
                if (isRefusal(e)) {
                    answerOneByOne(batch, e);
                    return;
                }
                if (!troubled) {
                    LOG.warnf("PostgreSQL cannot be reached, %s waits for it: %s", name, e.getMessage());
                    troubled = true;
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
        for (Waiting<T, R> waiting : batch) {
            commit(List.of(waiting));
        }
    }

    /** Classes 22, 23 and 42 of SQLSTATE: the data or the statement is wrong, and trying again would not help. */
    private static boolean isRefusal(SQLException e) {
        String state = e.getSQLState();
        return state != null && (state.startsWith("22") || state.startsWith("23") || state.startsWith("42"));
    }

    @Override
    public void close() {
        open = false;
        thread.interrupt();
        queue.forEach(waiting -> waiting.answer
                .completeExceptionally(new IllegalStateException("This process is stopping.")));
    }
}
