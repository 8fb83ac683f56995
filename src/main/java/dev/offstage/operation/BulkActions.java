package dev.offstage.operation;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import io.agroal.api.AgroalDataSource;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.runtime.StartupEvent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.job.JobState;
import dev.offstage.job.ledger.Intervention;
import dev.offstage.job.watch.JobFilter;
import dev.offstage.job.watch.JobSearch;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.PeriodicTask;
import dev.offstage.storage.Poll;
import dev.offstage.storage.SqlInstants;
import dev.offstage.storage.StorageException;
import dev.offstage.storage.Transaction;

/**
 * Does to many jobs what an operator wants, one batch after another. A batch, and how far it got, are one transaction: after
 * a crash the next process goes on where the last one was.
 */
@ApplicationScoped
public class BulkActions {

    private static final int BATCH = 500;
    private static final Duration LOOK_EVERY = Duration.ofMillis(250);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int MOST_EXPECTED = 100_000;
    private static final Duration RECENT = Duration.ofMinutes(1);
    private static final String COLUMNS = "id, action, filter, operator, created_at, after, expected, done, finished_at";
    /**
     * Jobs that come after the start are not touched: the work goes from the start's time backwards, by the ids. Only where a
     * job has an id that stands for a time in the future, as another program could give it in an earlier release, it begins
     * with the highest id.
     */
    private static final String START = """
            insert into bulk_action (id, action, filter, operator, created_at, after, expected)
            values (?, ?, ?::jsonb, ?, ?,
                    case when exists (select 1 from job where id > uuidv7(interval '1 day')) then null else uuidv7() end, ?)
            returning %s
            """
            .formatted(COLUMNS);
    private static final String FIND_RECENT = """
            select %s from bulk_action where finished_at is null or finished_at > ? order by id desc limit 20
            """.formatted(COLUMNS);
    private static final String FIND = "select %s from bulk_action where id = ?".formatted(COLUMNS);
    private static final String NEXT = """
            select %s from bulk_action where finished_at is null order by id limit 1 for update skip locked
            """.formatted(COLUMNS);
    private static final String GOT = """
            update bulk_action set after = coalesce(?, after), done = done + ?, finished_at = ? where id = ?
            """;

    private final AgroalDataSource dataSource;
    private final JobSearch search;
    private final AuditLog audit;
    private final ObjectMapper json;
    private final Clock clock;
    private final boolean works;
    private final PeriodicTask working;
    private final Poll poll;

    BulkActions(AgroalDataSource dataSource, JobSearch search, AuditLog audit, ObjectMapper json, Clock clock,
            OffstageConfig config, Dependencies dependencies, Poll poll) {
        this.poll = poll;
        this.dataSource = dataSource;
        this.search = search;
        this.audit = audit;
        this.json = json;
        this.clock = clock;
        this.works = config.has(Role.RELAY);
        this.working = new PeriodicTask("bulk-actions", LOOK_EVERY, dataSource, dependencies.postgresql(),
                connection -> workOff());
    }

    void start(@Observes StartupEvent event) {
        if (works) {
            working.startWhen(poll, "exists (select from bulk_action where finished_at is null)");
        }
    }

    /**
     * Has it done, soon, by a process with the role relay.
     *
     * @param filter whose states are among those that the action is for; none says the usual ones
     * @throws IllegalArgumentException if no job can be in such a state
     */
    public BulkAction start(Intervention action, JobFilter filter, String operator) {
        if (!action.states().containsAll(filter.states())) {
            throw new IllegalArgumentException("To %s jobs, choose among the states %s.".formatted(action.label(),
                    action.states().stream().map(JobState::label).sorted().collect(Collectors.joining(", "))));
        }
        JobFilter bounded = filter.states().isEmpty() ? filter.with(action.usualStates()) : filter;
        OptionalLong expected = search.count(bounded, MOST_EXPECTED);
        try (Connection connection = dataSource.getConnection()) {
            return Transaction.run(connection, () -> {
                UUID id = audit.write(connection, operator, action.label(), "jobs with " + bounded, 0L);
                return insert(connection, id, action, bounded, operator,
                        expected.isPresent() ? expected.getAsLong() : null);
            });
        } catch (SQLException e) {
            throw new StorageException("The action could not be stored.", e);
        }
    }

    private BulkAction insert(Connection connection, UUID id, Intervention action, JobFilter filter, String operator,
            Long expected) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(START)) {
            statement.setObject(1, id);
            statement.setString(2, action.label());
            statement.setString(3, written(filter));
            statement.setString(4, operator);
            SqlInstants.set(statement, 5, clock.instant());
            statement.setObject(6, expected);
            return read(statement).get(0);
        }
    }

    public Optional<BulkAction> find(UUID id) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(FIND)) {
            statement.setObject(1, id);
            return read(statement).stream().findFirst();
        } catch (SQLException e) {
            throw new StorageException("The action could not be read.", e);
        }
    }

    /** Those under way, and those that have just ended; newest first. */
    public List<BulkAction> recent() {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(FIND_RECENT)) {
            SqlInstants.set(statement, 1, clock.instant().minus(RECENT));
            return read(statement);
        } catch (SQLException e) {
            throw new StorageException("The actions could not be read.", e);
        }
    }

    /** Waits until it is finished, for some seconds at most. */
    public BulkAction await(UUID id) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        BulkAction action = find(id).orElseThrow();
        while (!action.finished() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(LOOK_EVERY.toMillis() / 2);
            action = find(id).orElseThrow();
        }
        return action;
    }

    private void workOff() {
        while (QuarkusTransaction.requiringNew().call(this::batch)) {
            // the next batch follows at once
        }
    }

    /** @return false if nothing is to be done, or somebody else is at it */
    private boolean batch() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement next = connection.prepareStatement(NEXT)) {
            List<BulkAction> open = read(next);
            if (open.isEmpty()) {
                return false;
            }
            BulkAction action = open.get(0);
            JobSearch.Ids page = search.ids(action.filter(), action.after(), BATCH);
            int done = page.ids().isEmpty() ? 0 : action.action().apply(connection, page.ids()).size();
            got(connection, action, page.next(), done);
            audit.add(connection, action.id(), done);
            return true;
        }
    }

    private void got(Connection connection, BulkAction action, UUID next, int done) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(GOT)) {
            statement.setObject(1, next);
            statement.setInt(2, done);
            SqlInstants.set(statement, 3, next == null ? clock.instant() : null);
            statement.setObject(4, action.id());
            statement.executeUpdate();
        }
    }

    private List<BulkAction> read(PreparedStatement statement) throws SQLException {
        List<BulkAction> actions = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                actions.add(new BulkAction(row.getObject(1, UUID.class), Intervention.of(row.getString(2)),
                        filter(row.getString(3)), row.getString(4), SqlInstants.get(row, 5),
                        row.getObject(6, UUID.class), row.getObject(7, Long.class), row.getLong(8),
                        SqlInstants.get(row, 9)));
            }
        }
        return actions;
    }

    private String written(JobFilter filter) {
        try {
            return json.writeValueAsString(filter);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Any filter can be written as JSON.", e);
        }
    }

    private JobFilter filter(String written) {
        try {
            return json.readValue(written, JobFilter.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("PostgreSQL holds only filters in this column.", e);
        }
    }

    @PreDestroy
    void close() {
        working.close();
    }
}
