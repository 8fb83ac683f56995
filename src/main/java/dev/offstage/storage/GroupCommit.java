package dev.offstage.storage;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

import org.jboss.logging.Logger;

import dev.offstage.background.BackgroundThread;
import dev.offstage.background.Timer;

import javax.sql.DataSource;

/**
 * Lets many callers share one statement: while one batch is under way, the next one gathers. So a lone caller waits
 * for nobody, and a thousand callers pay for one round trip and one fsync.
 *
 * <p>While PostgreSQL cannot be reached, impatient callers are told so, and patient ones wait until it can. Any other failure is
 * taken for the fault of a row, whatever its SQLSTATE: the batch is tried row by row, so that a bad row fails alone.
 * Example: a damaged page makes PostgreSQL answer XX001 for one job. The batch of 64 that holds it fails; then 63 rows succeed
 * one by one, and the one is tried twice more and refused. A row that somebody locks is set aside, and tried alone every now and
 * then for as long as its caller is patient.
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

        boolean isPatient() {
            return patience == null;
        }
    }

    private static final class Waiting<T, R> {

        private final T row;
        private final CompletableFuture<R> answer = new CompletableFuture<>();
        /** How often it was tried alone. */
        private int tries;

        Waiting(T row) {
            this.row = row;
        }

        /** It has its answer, or its caller has stopped waiting. */
        boolean isOver() {
            return answer.isDone();
        }

        void refuse(String message, SQLException cause) {
            answer.completeExceptionally(new StorageException(message, cause));
        }

        void stop() {
            answer.completeExceptionally(new IllegalStateException("This process is stopping."));
        }
    }

    private static final Logger LOG = Logger.getLogger(GroupCommit.class);

    /** Classes of SQLSTATE: the data or the statement is wrong or too large, and trying again would not help. */
    private static final Set<String> REFUSALS = Set.of("22", "23", "54");

    /** SQLSTATE of what is there and cannot be had in time. */
    private static final String BUSY = "55P03";

    private static final int MOST_DEADLOCKS = 2;
    /** Of a lone row that is refused for a reason that may pass. */
    private static final int MOST_TRIES = 3;
    private static final long FIRST_PAUSE_MS = 50;
    private static final long LONGEST_PAUSE_MS = 1_000;
    /** Of a row that another transaction has locked. */
    private static final long LONGEST_ASIDE_MS = 2_000;
    private static final int MOST_DOUBLINGS = 6;
    /** A minute's. */
    private static final int TRIES_UNTIL_A_WORD = 30;

    private final String name;
    private final DataSource dataSource;
    private final Dependency postgresql;
    private final Statement<T, R> statement;
    private final Terms terms;
    private final Timer timer;
    private final BlockingQueue<Waiting<T, R>> queue;
    private final Set<Waiting<T, R>> aside = ConcurrentHashMap.newKeySet();
    private final List<BackgroundThread> threads = new ArrayList<>();
    private volatile boolean open = true;

    public GroupCommit(String name, Terms terms, DataSource dataSource, Dependency postgresql, Timer timer,
            Statement<T, R> statement) {
        this.timer = timer;
        this.name = name;
        this.dataSource = dataSource;
        this.postgresql = postgresql;
        this.statement = statement;
        this.terms = terms;
        this.queue = new ArrayBlockingQueue<>(terms.callers);
        for (int i = 1; i <= terms.threads; i++) {
            BackgroundThread thread = new BackgroundThread(terms.threads == 1 ? name : name + "-" + i, Duration.ZERO,
                    this::step);
            threads.add(thread);
            thread.start();
        }
    }

    /**
     * The answer for this row once it is committed. It fails with a {@link StorageException} if PostgreSQL refuses the
     * row, too many callers wait already, or an impatient one has waited long enough: then nobody knows whether the row
     * was committed. It fails with an {@link IllegalStateException} if this process stops before.
     */
    public CompletionStage<R> submit(T row) {
        Waiting<T, R> waiting = new Waiting<>(row);
        if (!queue.offer(waiting)) {
            waiting.refuse("Too many wait for PostgreSQL.",
                    new SQLTransientException("The queue for PostgreSQL is full.", BUSY));
        } else if (!open) { // looked at after the offer: close() has emptied the queue, or will find this one in it
            waiting.stop();
        } else if (!terms.isPatient()) {
            Timer.Delayed limit = timer.after(terms.patience, Runnable::run, () -> waitsNoLonger(waiting));
            waiting.answer.whenComplete((answer, failure) -> limit.cancel());
        }
        return waiting.answer;
    }

    /** A caller that has waited long enough takes no place in the queue from another. */
    private void waitsNoLonger(Waiting<T, R> waiting) {
        queue.removeIf(other -> other == waiting);
        waiting.refuse("PostgreSQL did not answer in time.", new SQLTimeoutException());
    }

    /** Commits a batch: waits for its first row, and takes the others that are there. */
    void step() throws InterruptedException {
        List<Waiting<T, R>> batch = new ArrayList<>(List.of(queue.take()));
        queue.drainTo(batch, terms.batch - 1);
        try {
            Map<Boolean, List<Waiting<T, R>>> byFirstTry = batch.stream()
                    .filter(waiting -> !waiting.isOver())
                    .collect(Collectors.partitioningBy(waiting -> waiting.tries == 0));
            commit(byFirstTry.get(true));
            byFirstTry.get(false).forEach(this::alone);
        } catch (RuntimeException | Error e) { // a fault of ours: it is not known what became of these
            batch.forEach(waiting -> waiting.answer.completeExceptionally(e));
            throw e;
        }
    }

    private void commit(List<Waiting<T, R>> batch) {
        long pause = FIRST_PAUSE_MS;
        int deadlocks = 0;
        while (open && !batch.isEmpty()) {
            try (Connection connection = connection()) {
                answer(connection, batch);
                postgresql.worked();
                return;
            } catch (Unreachable e) {
                postgresql.failed(e.getCause());
                if (!terms.isPatient()) {
                    refuse(batch, "PostgreSQL cannot be reached, or takes too long.", e.getCause());
                    return;
                }
            } catch (SQLException e) {
                if (!PostgresqlGone.isDeadlock(e) || ++deadlocks > MOST_DEADLOCKS) {
                    oneByOne(batch, e);
                    return;
                }
            }
            pause(pause);
            pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
        }
        batch.forEach(Waiting::stop);
    }

    /** PostgreSQL cannot be reached: no row is to blame. */
    private static final class Unreachable extends Exception {

        private static final long serialVersionUID = 1L;

        Unreachable(SQLException cause) {
            super(cause);
        }

        @Override
        public synchronized SQLException getCause() {
            return (SQLException) super.getCause();
        }
    }

    /** Without a connection PostgreSQL is out of reach, whatever the SQLSTATE: a wrong password, for example. */
    private Connection connection() throws Unreachable {
        try {
            return dataSource.getConnection();
        } catch (SQLException e) {
            throw new Unreachable(e);
        }
    }

    private void answer(Connection connection, List<Waiting<T, R>> batch) throws SQLException, Unreachable {
        List<R> answers;
        try {
            answers = statement.execute(connection, batch.stream().map(waiting -> waiting.row).toList());
        } catch (SQLException e) {
            if (PostgresqlGone.isUnreachable(e)) {
                throw new Unreachable(e);
            }
            throw e;
        }
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).answer.complete(answers.get(i));
        }
    }

    /** A batch has failed, for the sake of one of its rows. */
    private void oneByOne(List<Waiting<T, R>> batch, SQLException failure) {
        if (batch.size() == 1) {
            failed(batch.get(0), failure);
            return;
        }
        for (Waiting<T, R> waiting : batch) {
            alone(waiting);
        }
    }

    private void alone(Waiting<T, R> waiting) {
        try (Connection connection = connection(); ShortLockTimeout shortly = new ShortLockTimeout(connection)) {
            answer(shortly.connection(), List.of(waiting));
        } catch (Unreachable e) {
            commit(List.of(waiting)); // which waits, if the caller does
        } catch (SQLException e) {
            failed(waiting, e);
        }
    }

    /** A row has failed alone. */
    private void failed(Waiting<T, R> waiting, SQLException failure) {
        boolean locked = PostgresqlGone.isConflict(failure);
        waiting.tries++;
        if (terms.isPatient() && !isRefusal(failure) && (locked || waiting.tries < MOST_TRIES)) {
            setAside(waiting, failure);
        } else if (locked) {
            postgresql.failed(failure);
            waiting.refuse("PostgreSQL cannot be reached, or takes too long.", failure);
        } else {
            waiting.refuse("PostgreSQL refused this row: " + failure.getMessage(), failure);
        }
    }

    /** Has the row come back into the queue after a pause, which doubles with each try. The others do not wait for it. */
    private void setAside(Waiting<T, R> waiting, SQLException failure) {
        long pause = Math.min(FIRST_PAUSE_MS << Math.min(waiting.tries, MOST_DOUBLINGS), LONGEST_ASIDE_MS);
        if (waiting.tries % TRIES_UNTIL_A_WORD == 0) {
            LOG.warnf(
                    "PostgreSQL keeps a row from us (%s), and it is tried again every %d s. Look in pg_stat_activity for a "
                            + "transaction that holds it. %s",
                    name, LONGEST_ASIDE_MS / 1_000, failure.getMessage());
        }
        aside.add(waiting);
        timer.after(Duration.ofMillis(pause), Runnable::run, () -> comeBack(waiting));
    }

    private void comeBack(Waiting<T, R> waiting) {
        if (!open || waiting.isOver()) {
            waiting.stop();
            aside.remove(waiting);
        } else if (queue.offer(waiting)) {
            aside.remove(waiting);
            if (!open) {
                waiting.stop();
            }
        } else {
            timer.after(Duration.ofMillis(FIRST_PAUSE_MS), Runnable::run, () -> comeBack(waiting));
        }
    }

    private static <T, R> void refuse(List<Waiting<T, R>> batch, String message, SQLException failure) {
        batch.forEach(waiting -> waiting.refuse(message, failure));
    }

    private static boolean isRefusal(SQLException e) {
        String state = e.getSQLState();
        return state != null && state.length() == 5 && REFUSALS.contains(state.substring(0, 2));
    }

    private void pause(long millis) {
        try {
            timer.sleep(Duration.ofMillis(millis));
        } catch (InterruptedException e) {
            LOG.tracef("%s was interrupted", name); // by close(), or by mistake, and then the next try comes early
        }
    }

    /** Every caller gets an answer: the rows under way theirs, all others that this process stops. */
    @Override
    public void close() {
        open = false;
        threads.forEach(BackgroundThread::close);
        queue.forEach(Waiting::stop);
        aside.forEach(Waiting::stop);
    }
}
