package dev.offstage.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.background.Timer;
import dev.offstage.testing.OffstageResource;

/** In most of these one caller's statement waits for a lock in PostgreSQL, and there is place for one more to wait behind it. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class GroupCommitIT {

    private static final String LOCK = "select pg_advisory_xact_lock(1066)";
    private static final String WAITING = "select count(*) from pg_locks where locktype = 'advisory' and not granted";
    private static final int BAD = 13;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @Inject
    AgroalDataSource dataSource;

    @Inject
    Dependencies dependencies;

    @Inject
    Timer timer;

    @Test
    void whoHasWaitedLongEnoughTakesNoPlaceFromOthers() throws Exception {
        try (Connection inTheWay = dataSource.getConnection();
                GroupCommit<Integer, Integer> commits = commits(Duration.ofMillis(100))) {
            inTheWay.setAutoCommit(false);
            execute(inTheWay, LOCK);
            commits.submit(0);
            awaitThatOneWaits(inTheWay);

            for (int i = 1; i <= 3; i++) {
                assertThat(failureOf(commits.submit(i))).hasMessage("PostgreSQL did not answer in time.");
            }
            inTheWay.rollback();
        }
    }

    @Test
    void whoFindsNoPlaceIsToldThatTimeMendsIt() throws Exception {
        try (Connection inTheWay = dataSource.getConnection();
                GroupCommit<Integer, Integer> commits = commits(LIMIT)) {
            inTheWay.setAutoCommit(false);
            execute(inTheWay, LOCK);
            commits.submit(0);
            awaitThatOneWaits(inTheWay);
            commits.submit(1);

            Throwable refusal = failureOf(commits.submit(2));

            assertThat(refusal).isInstanceOf(StorageException.class);
            assertThat(PostgresqlGone.isCauseOf(refusal)).isTrue();
            inTheWay.rollback();
        }
    }

    @Test
    void rowsThatTakeTooLongTogetherGoOneByOne() {
        try (GroupCommit<Integer, Integer> commits = new GroupCommit<>("test", new GroupCommit.Terms(4, 4, 1, null),
                dataSource, dependencies.postgresql(), timer, GroupCommitIT::slowly)) {
            for (var answer : IntStream.range(0, 4).mapToObj(commits::submit).toList()) {
                assertThat(answer.toCompletableFuture()).succeedsWithin(LIMIT);
            }
        }
    }

    /** A damaged page, somebody's trigger, a missing right: whatever PostgreSQL says of one row, the others are stored. */
    @ParameterizedTest
    @ValueSource(strings = {"XX001", "XX000", "P0001", "42501", "21000", "22P02", "0A000"})
    void aRowThatPostgresqlRefusesFailsAloneWhateverItsReason(String state) {
        try (GroupCommit<Integer, Integer> commits = patient((connection, rows) -> refusing(connection, rows, state))) {
            List<CompletionStage<Integer>> answers = IntStream.range(0, 20).mapToObj(commits::submit).toList();

            assertThat(failureOf(answers.get(BAD))).isInstanceOf(StorageException.class)
                    .hasMessageContaining("made up");
            for (int i = 0; i < answers.size(); i++) {
                if (i != BAD) {
                    assertThat(answers.get(i).toCompletableFuture()).succeedsWithin(LIMIT).isEqualTo(i);
                }
            }
        }
    }

    @Test
    void aRowThatSomebodyLocksHoldsUpNobodyAndIsStoredWhenItIsFree() throws Exception {
        try (Connection inTheWay = dataSource.getConnection();
                GroupCommit<Integer, Integer> commits = patient(GroupCommitIT::lockingTheBadOne)) {
            inTheWay.setAutoCommit(false);
            execute(inTheWay, LOCK);
            CompletionStage<Integer> locked = commits.submit(BAD);
            awaitThatOneWaits(inTheWay);

            for (int i = 100; i < 150; i++) {
                assertThat(commits.submit(i).toCompletableFuture()).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(i);
            }
            assertThat(locked.toCompletableFuture()).isNotDone();
            inTheWay.rollback();
            assertThat(locked.toCompletableFuture()).succeedsWithin(LIMIT).isEqualTo(BAD);
        }
    }

    @Test
    void nobodyIsLeftWithoutAnAnswerWhenTheProcessStops() throws Exception {
        List<CompletionStage<Integer>> answers = new CopyOnWriteArrayList<>();
        try (Connection inTheWay = dataSource.getConnection()) {
            inTheWay.setAutoCommit(false);
            execute(inTheWay, LOCK);
            GroupCommit<Integer, Integer> commits = patient(GroupCommitIT::lockingTheBadOne);
            answers.add(commits.submit(BAD));
            awaitThatOneWaits(inTheWay);
            Thread busy = new Thread(() -> IntStream.range(100, 2_000).forEach(i -> answers.add(commits.submit(i))));
            busy.start();

            commits.close();
            busy.join();
            inTheWay.rollback();
        }

        assertThat(CompletableFuture.allOf(answers.stream()
                .map(answer -> answer.toCompletableFuture().handle((row, failure) -> row))
                .toArray(CompletableFuture[]::new))).succeedsWithin(LIMIT);
    }

    private GroupCommit<Integer, Integer> patient(GroupCommit.Statement<Integer, Integer> statement) {
        return new GroupCommit<>("test", GroupCommit.Terms.patient(5_000), dataSource, dependencies.postgresql(), timer,
                statement);
    }

    private static List<Integer> refusing(Connection connection, List<Integer> rows, String state) throws SQLException {
        if (rows.contains(BAD)) {
            execute(connection, "do $$ begin raise exception 'made up' using errcode = '%s'; end $$".formatted(state));
        }
        return rows;
    }

    private static List<Integer> lockingTheBadOne(Connection connection, List<Integer> rows) throws SQLException {
        if (rows.contains(BAD)) {
            execute(connection, LOCK);
        }
        return rows;
    }

    /** Two rows take too long. */
    private static List<Integer> slowly(Connection connection, List<Integer> rows) throws SQLException {
        return Transaction.run(connection, () -> {
            execute(connection, "set local statement_timeout = '400ms'");
            execute(connection, "select pg_sleep(%s)".formatted(rows.size() * 0.3));
            return rows;
        });
    }

    private GroupCommit<Integer, Integer> commits(Duration patience) {
        return new GroupCommit<>("test", new GroupCommit.Terms(1, 1, 1, patience), dataSource,
                dependencies.postgresql(), timer, GroupCommitIT::onceTheLockIsFree);
    }

    private static List<Integer> onceTheLockIsFree(Connection connection, List<Integer> rows) throws SQLException {
        execute(connection, LOCK);
        return rows;
    }

    private static Throwable failureOf(CompletionStage<Integer> answer) {
        return assertThat(answer.toCompletableFuture()).failsWithin(LIMIT)
                .withThrowableOfType(ExecutionException.class)
                .actual()
                .getCause();
    }

    private static void awaitThatOneWaits(Connection connection) {
        await().atMost(LIMIT).until(() -> {
            try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(WAITING)) {
                row.next();
                return row.getInt(1) == 1;
            }
        });
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
