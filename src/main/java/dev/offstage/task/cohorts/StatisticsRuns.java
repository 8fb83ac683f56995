package dev.offstage.task.cohorts;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.f4b6a3.uuid.UuidCreator;

import dev.offstage.config.OffstageConfig;
import dev.offstage.storage.StorageException;
import dev.offstage.storage.Transaction;

/**
 * The runs that compute statistics, each for one job. A run's sums and how far it has read are committed together, and who adds
 * to them holds the run's row: so each row is counted once, also when a run goes on after a crash, and even when two attempts
 * go on with it at once.
 */
@Singleton
class StatisticsRuns {

    /**
     * How far a run is.
     *
     * @param rows that are in its sums
     * @param finished readers see it
     */
    record Position(long users, long jobs, boolean finished) {

        long rows() {
            return users + jobs;
        }
    }

    private record Held(Stage stage, UUID after, Position position) {}

    private static final UUID BEFORE_ALL = new UUID(0, 0);
    /** An interrupted run is continued for this long. The sums of an older one are no longer true, for jobs have ended since. */
    private static final Duration RESUMABLE = Duration.ofDays(1);
    private static final int ROWS_TO_REMOVE = 10_000;

    private static final String GIVE_UP_OLD = """
            update statistics_run set job_id = null where job_id = ? and started_at < now() - make_interval(secs => ?)
            """;
    private static final String OPEN = """
            insert into statistics_run as run (id, job_id, started_at, stage, after) values (?, ?, now(), 'users', ?)
            on conflict (job_id) do update set job_id = run.job_id returning id
            """;
    private static final String HOLD = """
            select stage, after, users, jobs, finished_at is not null from statistics_run
            where id = ? and job_id is not null for update
            """;
    private static final String NEXT_STAGE = "update statistics_run set stage = ?, after = ? where id = ?";
    /**
     * Jobs of a past day can be removed, but none can be added. Where the run before has counted more of them, its figures are
     * kept.
     */
    private static final String KEEP_REMOVED_JOBS = """
            insert into statistics_outcome as counted (run_id, day, type, completed, dead, cancelled, open)
            select ?, day, type, completed, dead, cancelled, open from statistics_outcome
            where run_id = (select id from statistics_run where finished_at is not null and job_id is not null
                            order by finished_at desc, id desc limit 1)
            on conflict (run_id, day, type) do update
            set completed = excluded.completed, dead = excluded.dead, cancelled = excluded.cancelled, open = excluded.open
            where excluded.completed + excluded.dead + excluded.cancelled + excluded.open
                > counted.completed + counted.dead + counted.cancelled + counted.open
            """;
    private static final String FINISH = "update statistics_run set finished_at = clock_timestamp() where id = ?";

    /** Gives up all runs but the one that readers see and those whose jobs have not ended. */
    private static final String GIVE_UP_OUTDATED = """
            update statistics_run as run set job_id = null
            where job_id is not null
              and id <> (select id from statistics_run where finished_at is not null
                         order by finished_at desc, id desc limit 1)
              and (finished_at is not null or not exists (
                  select from job where job.id = run.job_id and state not in ('completed', 'dead', 'cancelled')))
            """;
    private static final String NEXT_GIVEN_UP = """
            select id from statistics_run where job_id is null limit 1 for update skip locked
            """;
    private static final List<String> REMOVE_ROWS = List.of(
            """
                    delete from statistics_domain where (run_id, domain) in (
                        select run_id, domain from statistics_domain where run_id = ? limit ?)
                    """, """
                    delete from statistics_outcome where (run_id, day, type) in (
                        select run_id, day, type from statistics_outcome where run_id = ? limit ?)
                    """, """
                    delete from statistics_day where (run_id, day) in (
                        select run_id, day from statistics_day where run_id = ? limit ?)
                    """);
    private static final String REMOVE_RUN = "delete from statistics_run where id = ?";

    private final AgroalDataSource dataSource;
    private final ObjectMapper json;
    private final int chunk;

    StatisticsRuns(AgroalDataSource dataSource, ObjectMapper json, OffstageConfig config) {
        this.dataSource = dataSource;
        this.json = json;
        this.chunk = config.statistics().chunk();
    }

    /** The job's run: the one that was interrupted, unless that is too old, or else a new one. */
    UUID open(UUID jobId) {
        return run("The run could not be begun.", connection -> {
            try (PreparedStatement giveUp = connection.prepareStatement(GIVE_UP_OLD)) {
                giveUp.setObject(1, jobId);
                giveUp.setDouble(2, RESUMABLE.toSeconds());
                giveUp.executeUpdate();
            }
            try (PreparedStatement open = connection.prepareStatement(OPEN)) {
                open.setObject(1, UuidCreator.getTimeOrderedEpoch());
                open.setObject(2, jobId);
                open.setObject(3, BEFORE_ALL);
                try (ResultSet row = open.executeQuery()) {
                    row.next();
                    return row.getObject(1, UUID.class);
                }
            }
        });
    }

    /**
     * How many rows a run will read, as PostgreSQL's planner estimates it: to count millions of them takes longer than a statement
     * may take.
     */
    long estimatedRows() {
        return run("The size of the tables could not be estimated.",
                connection -> estimate(connection, "app_user") + estimate(connection, "job"));
    }

    private long estimate(Connection connection, String table) throws SQLException {
        try (var statement = connection.createStatement();
                ResultSet plan = statement.executeQuery("explain (format json) select from " + table)) {
            plan.next();
            return json.readTree(plan.getString(1)).at("/0/Plan/Plan Rows").asLong();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("PostgreSQL writes plans as JSON.", e);
        }
    }

    /**
     * Adds the next chunk to a run's sums.
     *
     * @throws IllegalStateException if the run has been given up
     */
    Position advance(UUID run) {
        return run("A chunk could not be added.", connection -> {
            Held held = hold(connection, run);
            return held.position.finished ? held.position : add(connection, run, held);
        });
    }

    private Held hold(Connection connection, UUID run) throws SQLException {
        try (PreparedStatement hold = connection.prepareStatement(HOLD)) {
            hold.setObject(1, run);
            try (ResultSet row = hold.executeQuery()) {
                if (!row.next()) {
                    throw new IllegalStateException("This run was given up for another: the next attempt begins anew.");
                }
                return new Held(Stage.of(row.getString(1)), row.getObject(2, UUID.class),
                        new Position(row.getLong(3), row.getLong(4), row.getBoolean(5)));
            }
        }
    }

    private Position add(Connection connection, UUID run, Held held) throws SQLException {
        Position before = held.position;
        long rows;
        UUID last;
        try (PreparedStatement add = connection.prepareStatement(held.stage.addChunk())) {
            add.setObject(1, held.after);
            add.setInt(2, chunk);
            add.setObject(3, run);
            try (ResultSet row = add.executeQuery()) {
                row.next();
                rows = row.getLong(1);
                last = row.getObject(2, UUID.class);
            }
        }
        if (rows > 0) {
            update(connection, held.stage.move(), rows, last, run);
        }
        boolean isLast = rows < chunk;
        if (isLast && held.stage == Stage.USERS) {
            update(connection, NEXT_STAGE, Stage.JOBS.label(), BEFORE_ALL, run);
        } else if (isLast) {
            update(connection, KEEP_REMOVED_JOBS, run);
            update(connection, FINISH, run);
        }
        return held.stage == Stage.USERS
                ? new Position(before.users + rows, before.jobs, false)
                : new Position(before.users, before.jobs + rows, isLast);
    }

    /**
     * Marks the runs that are not needed any more: those that a later one has replaced, and those of jobs that ended without
     * finishing them.
     */
    void giveUpOutdated() {
        run("Outdated runs could not be given up.", connection -> update(connection, GIVE_UP_OUTDATED));
    }

    /**
     * Removes some rows of runs that have been given up.
     *
     * @return false if there are none left
     */
    boolean removeSome() {
        return run("Outdated runs could not be removed.", connection -> {
            try (var statement = connection.createStatement(); ResultSet next = statement.executeQuery(NEXT_GIVEN_UP)) {
                if (!next.next()) {
                    return false;
                }
                remove(connection, next.getObject(1, UUID.class));
                return true;
            }
        });
    }

    private static void remove(Connection connection, UUID run) throws SQLException {
        for (String rows : REMOVE_ROWS) {
            if (update(connection, rows, run, ROWS_TO_REMOVE) == ROWS_TO_REMOVE) {
                return;
            }
        }
        update(connection, REMOVE_RUN, run);
    }

    private static int update(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            return statement.executeUpdate();
        }
    }

    private interface Work<R> {
        R run(Connection connection) throws SQLException;
    }

    private <R> R run(String failed, Work<R> work) {
        try (Connection connection = dataSource.getConnection()) {
            return Transaction.run(connection, () -> work.run(connection));
        } catch (SQLException e) {
            throw new StorageException(failed, e);
        }
    }
}
