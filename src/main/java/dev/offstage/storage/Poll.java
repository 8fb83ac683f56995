package dev.offstage.storage;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.StartupEvent;

import dev.offstage.background.BackgroundThread;

/**
 * Asks PostgreSQL several times a second whether there is anything to do, with one statement for all who want to know. So a process
 * that is idle costs PostgreSQL four statements a second, and not four for each of its background tasks.
 *
 * <p>Example: the relay asks whether a job is due, and the lanes ask what operators have set. A job is due and nothing was set: the
 * thread of the relay is woken, and no other.
 */
@Singleton
public class Poll {

    private static final Logger LOG = Logger.getLogger(Poll.class);

    /** A question of one background task. Only the poll's thread uses it. */
    private static final class Question {

        private final String sql;
        private final Runnable wake;
        private final boolean changes;
        private Object last;

        Question(String sql, Runnable wake, boolean changes) {
            this.sql = sql;
            this.wake = wake;
            this.changes = changes;
        }

        void answered(Object answer) {
            boolean wanted = changes ? !Objects.equals(answer, last) : Boolean.TRUE.equals(answer);
            last = answer;
            if (wanted) {
                wake.run();
            }
        }
    }

    private final AgroalDataSource dataSource;
    private final Dependency postgresql;
    private final List<Question> questions = new CopyOnWriteArrayList<>();
    private final BackgroundThread thread;

    /** @param every from the end of one look to the start of the next */
    Poll(@Engine AgroalDataSource dataSource, Dependencies dependencies,
            @ConfigProperty(name = "offstage.relay.sweep-every", defaultValue = "250ms") Duration every) {
        this.dataSource = dataSource;
        this.postgresql = dependencies.postgresql();
        this.thread = new BackgroundThread("poll", every, this::look);
    }

    void start(@Observes StartupEvent event) {
        thread.start();
    }

    /**
     * From now on calls this whenever a condition holds, at each look anew.
     *
     * @param condition SQL that is cheap to answer and boolean, such as {@code exists (select from cancellation)}
     * @param wake is called on the poll's thread, so it returns at once
     */
    public void when(String condition, Runnable wake) {
        questions.add(new Question(condition, wake, false));
    }

    /**
     * From now on calls this when a value has changed, and once for the value that it has now.
     *
     * @param value SQL that is cheap to answer
     * @param wake is called on the poll's thread, so it returns at once
     */
    public void whenChanged(String value, Runnable wake) {
        questions.add(new Question(value, wake, true));
    }

    void look() throws SQLException {
        List<Question> asked = List.copyOf(questions);
        if (asked.isEmpty()) {
            return;
        }
        try (Connection connection = dataSource.getConnection()) {
            ask(connection, asked);
            postgresql.worked();
        } catch (SQLException e) {
            if (PostgresqlGone.isUnreachable(e)) {
                postgresql.failed(e);
            } else {
                askOneByOne(asked, e);
            }
        }
    }

    /** One of them cannot be answered, because its table is locked, for example: the others can. */
    private void askOneByOne(List<Question> asked, SQLException failure) throws SQLException {
        LOG.debugf(failure, "The questions are asked one by one");
        SQLException last = null;
        try (Connection connection = dataSource.getConnection();
                ShortLockTimeout shortly = new ShortLockTimeout(connection)) {
            for (Question question : asked) {
                try {
                    ask(shortly.connection(), List.of(question));
                } catch (SQLException e) {
                    last = e;
                }
            }
        }
        if (last != null) {
            postgresql.failed(last);
        }
    }

    private static void ask(Connection connection, List<Question> asked) throws SQLException {
        String sql = asked.stream().map(question -> question.sql).collect(Collectors.joining(", ", "select ", ""));
        try (var statement = connection.prepareStatement(sql); ResultSet row = statement.executeQuery()) {
            row.next();
            for (int i = 0; i < asked.size(); i++) {
                asked.get(i).answered(row.getObject(i + 1));
            }
        }
    }

    @PreDestroy
    void close() {
        thread.close();
    }
}
