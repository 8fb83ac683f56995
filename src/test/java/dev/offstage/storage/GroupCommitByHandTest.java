package dev.offstage.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Test;

import dev.offstage.background.ManualTimer;

import javax.sql.DataSource;

/** Group commits step by step: the test is their thread, their time and their PostgreSQL. */
class GroupCommitByHandTest {

    private static final Duration PATIENCE = Duration.ofMillis(1_500);
    private static final SQLException UNREACHABLE = new SQLException("made up: connection refused", "08001");

    /** What PostgreSQL does with a batch. */
    private interface Answer {
        List<String> to(List<String> rows) throws SQLException;
    }

    private final ManualTimer timer = new ManualTimer();
    private final List<List<String>> batches = new ArrayList<>();
    private final Dependency postgresql = new Dependencies("none").postgresql();
    private int refusedConnections;
    private Answer answer = rows -> rows;

    private GroupCommit<String, String> commits(Duration patience) {
        return new GroupCommit<>("test", new GroupCommit.Terms(4, 3, 0, patience), dataSource(), postgresql, timer,
                (connection, rows) -> {
                    batches.add(List.copyOf(rows));
                    return answer.to(rows);
                });
    }

    private DataSource dataSource() {
        return stub(DataSource.class, "getConnection", () -> {
            if (refusedConnections > 0) {
                refusedConnections--;
                throw UNREACHABLE;
            }
            return stub(Connection.class, "createStatement", () -> stub(java.sql.Statement.class, "executeQuery",
                    () -> stub(ResultSet.class, "", () -> null)));
        });
    }

    private interface Result {
        Object get() throws SQLException;
    }

    /** Answers one method, and the others with nothing. */
    private static <T> T stub(Class<T> type, String name, Result result) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[]{type},
                (proxy, method, arguments) -> method.getName().equals(name)
                        ? result.get()
                        : method.getReturnType() == boolean.class
                                ? Boolean.FALSE
                                : method.getReturnType() == int.class ? Integer.valueOf(0) : null));
    }

    private static CompletableFuture<String> submit(GroupCommit<String, String> commits, String row) {
        return commits.submit(row).toCompletableFuture();
    }

    @Test
    void thoseWhoWaitShareAStatement() throws Exception {
        GroupCommit<String, String> commits = commits(null);
        CompletableFuture<String> one = submit(commits, "one");
        CompletableFuture<String> two = submit(commits, "two");

        commits.step();

        assertThat(batches).containsExactly(List.of("one", "two"));
        assertThat(one).isCompletedWithValue("one");
        assertThat(two).isCompletedWithValue("two");
    }

    @Test
    void aBatchHasABound() throws Exception {
        GroupCommit<String, String> commits = commits(null);
        for (String row : List.of("one", "two", "three", "four")) {
            submit(commits, row);
        }

        commits.step();
        commits.step();

        assertThat(batches).containsExactly(List.of("one", "two", "three"), List.of("four"));
    }

    @Test
    void whoFindsNoPlaceIsRefused() {
        GroupCommit<String, String> commits = commits(null);
        for (String row : List.of("one", "two", "three", "four")) {
            submit(commits, row);
        }

        assertThat(submit(commits, "five")).isCompletedExceptionally();
    }

    @Test
    void invariant5APatientCallerWaitsUntilPostgresqlIsBack() throws Exception {
        GroupCommit<String, String> commits = commits(null);
        refusedConnections = 5;
        CompletableFuture<String> one = submit(commits, "one");

        commits.step();

        assertThat(one).isCompletedWithValue("one");
        assertThat(timer.slept()).extracting(Duration::toMillis).containsExactly(50L, 100L, 200L, 400L, 800L);
    }

    @Test
    void anImpatientCallerIsToldThatPostgresqlIsGone() throws Exception {
        GroupCommit<String, String> commits = commits(PATIENCE);
        refusedConnections = 1;
        CompletableFuture<String> one = submit(commits, "one");

        commits.step();

        assertThatThrownBy(one::join).hasCauseInstanceOf(StorageException.class).hasRootCause(UNREACHABLE);
    }

    @Test
    void whoHasWaitedLongEnoughIsToldAndItsRowIsNotStored() throws Exception {
        GroupCommit<String, String> commits = commits(PATIENCE);
        CompletableFuture<String> one = submit(commits, "one");
        timer.advance(PATIENCE);
        submit(commits, "two");

        commits.step();

        assertThatThrownBy(one::join).hasRootCauseInstanceOf(SQLTimeoutException.class);
        assertThat(batches).containsExactly(List.of("two"));
    }

    @Test
    void anAnswerInTimeEndsTheWait() throws Exception {
        GroupCommit<String, String> commits = commits(PATIENCE);
        submit(commits, "one");

        commits.step();

        assertThat(timer.waiting()).isZero();
    }

    /** XX001: a damaged page. */
    @Test
    void invariant10ABadRowFailsAloneAfterThreeTries() throws Exception {
        GroupCommit<String, String> commits = commits(null);
        answer = refusing("bad", "XX001");
        CompletableFuture<String> good = submit(commits, "good");
        CompletableFuture<String> bad = submit(commits, "bad");

        commits.step();
        assertThat(good).isCompletedWithValue("good");
        for (int i = 0; i < 2; i++) {
            timer.advance(Duration.ofSeconds(2));
            commits.step();
        }

        assertThatThrownBy(bad::join).hasMessageContaining("made up: XX001");
        assertThat(batches.get(0)).containsExactly("good", "bad");
        assertThat(batches).filteredOn(List.of("bad")::equals).hasSize(3);
    }

    /** 23505: trying again would not help. */
    @Test
    void invariant10ARowThatIsWrongFailsAtOnce() throws Exception {
        GroupCommit<String, String> commits = commits(null);
        answer = refusing("bad", "23505");
        CompletableFuture<String> bad = submit(commits, "bad");

        commits.step();

        assertThat(bad).isCompletedExceptionally();
        assertThat(batches).hasSize(1);
    }

    /** 55P03: somebody holds the row. */
    @Test
    void invariant10ARowThatSomebodyLocksHoldsUpNobody() throws Exception {
        GroupCommit<String, String> commits = commits(null);
        answer = refusing("locked", "55P03");
        CompletableFuture<String> locked = submit(commits, "locked");
        commits.step();
        CompletableFuture<String> next = submit(commits, "next");
        commits.step();
        assertThat(next).isCompletedWithValue("next");
        assertThat(locked).isNotDone();

        answer = rows -> rows;
        timer.advance(Duration.ofSeconds(2));
        commits.step();

        assertThat(locked).isCompletedWithValue("locked");
    }

    /** 40P01: the two are tried again together. */
    @Test
    void aDeadlockIsTriedAgain() throws Exception {
        GroupCommit<String, String> commits = commits(null);
        answer = rows -> {
            if (batches.size() == 1) {
                throw new SQLException("made up", "40P01");
            }
            return rows;
        };
        CompletableFuture<String> one = submit(commits, "one");

        commits.step();

        assertThat(one).isCompletedWithValue("one");
        assertThat(batches).hasSize(2);
    }

    @Test
    void invariant11AnErrorIsTheAnswerOfThoseUnderWayAndTheNextStepFollows() throws Exception {
        GroupCommit<String, String> commits = commits(null);
        answer = rows -> {
            throw new OutOfMemoryError("made up");
        };
        CompletableFuture<String> one = submit(commits, "one");
        assertThatThrownBy(commits::step).isInstanceOf(OutOfMemoryError.class);
        assertThat(one).isCompletedExceptionally();

        answer = rows -> rows;
        CompletableFuture<String> two = submit(commits, "two");
        commits.step();

        assertThat(two).isCompletedWithValue("two");
    }

    @Test
    void nobodyIsLeftWithoutAnAnswerAtTheEnd() throws Exception {
        GroupCommit<String, String> commits = commits(null);
        answer = refusing("locked", "55P03");
        CompletableFuture<String> aside = submit(commits, "locked");
        commits.step();
        CompletableFuture<String> waiting = submit(commits, "waiting");

        commits.close();
        CompletableFuture<String> late = submit(commits, "late");

        for (CompletableFuture<String> answer : List.of(aside, waiting, late)) {
            assertThatThrownBy(answer::join).hasRootCauseInstanceOf(IllegalStateException.class);
        }
    }

    private static Answer refusing(String bad, String state) {
        return rows -> {
            if (rows.contains(bad)) {
                throw new SQLException("made up: " + state, state);
            }
            return rows;
        };
    }
}
