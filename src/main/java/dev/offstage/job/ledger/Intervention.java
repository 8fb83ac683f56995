package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

import com.fasterxml.jackson.annotation.JsonValue;

import dev.offstage.job.JobState;

/**
 * What operators do to jobs, many at a time. A job that is in no state for it by the time its row is locked is left alone.
 */
public enum Intervention {

    /** A job that is dead or cancelled goes back to its queue as a fresh first attempt, unless its unique key is in use. */
    REDRIVE(Set.of(JobState.DEAD, JobState.CANCELLED),
            """
                    with chosen as (
                        select id from job where id = any(?) and state in ('dead', 'cancelled') order by id for update
                    ), fresh as (
                        select id, type, unique_key from (
                            select id, type, unique_key,
                                   row_number() over (partition by type, unique_key order by id desc) as place
                            from job join chosen using (id)) as ranked
                        where unique_key is null or place = 1
                    ), held as (
                        insert into unique_job (type, unique_key, job_id)
                        select type, unique_key, id from fresh where unique_key is not null order by type, unique_key
                        on conflict do nothing returning job_id
                    ), outboxed as (
                        insert into outbox (id, publish_at, jobs)
                        select gen_random_uuid(), now(), array[id]
                        from fresh where unique_key is null or id in (select job_id from held)
                    )
                    update job set state = 'queued', attempt = 1, due_at = null, started_at = null, finished_at = null,
                                   worker = null, lost_workers = 0
                    from fresh where job.id = fresh.id and (fresh.unique_key is null or job.id in (select job_id from held))
                    returning job.id
                    """),

    /** A job that has not ended ends as cancelled: at once if it waits, and when its worker has interrupted it if it runs. */
    CANCEL(Set.of(JobState.SCHEDULED, JobState.QUEUED, JobState.RETRYING, JobState.RUNNING), """
            with chosen as (
                select id, state from job
                where id = any(?) and state in ('scheduled', 'queued', 'retrying', 'running') order by id for update
            ), asked as (
                insert into cancellation (job_id, requested_at) select id, now() from chosen where state = 'running'
                on conflict (job_id) do nothing
            ), ended as (
                update job set state = 'cancelled', due_at = null, finished_at = now()
                from chosen where job.id = chosen.id and chosen.state <> 'running'
            )
            select id from chosen
            """),

    /** A dead letter is given up for good: it ends as cancelled. */
    DISCARD(Set.of(JobState.DEAD), """
            with chosen as (select id from job where id = any(?) and state = 'dead' order by id for update)
            update job set state = 'cancelled', finished_at = now()
            from chosen where job.id = chosen.id
            returning job.id
            """);

    private final Set<JobState> states;
    private final String sql;

    Intervention(Set<JobState> states, String sql) {
        this.states = states;
        this.sql = sql;
    }

    /** In which a job can be for it. */
    public Set<JobState> states() {
        return states;
    }

    /** The states of the jobs that are meant if an operator names none: a redrive of all then leaves discarded jobs alone. */
    public Set<JobState> usualStates() {
        return this == REDRIVE ? Set.of(JobState.DEAD) : states;
    }

    /** As in PostgreSQL and JSON. */
    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Intervention of(String label) {
        return valueOf(label.toUpperCase(Locale.ROOT));
    }

    /** Why it was not done to a job in such a state, and what would help. */
    public String refusal(JobState state) {
        return states.contains(state)
                ? "Another job of its type with the same unique key is open: wait until that has ended, or cancel it."
                : "The job is %s. To %s it, it would have to be %s.".formatted(state.label(), label(),
                        states.stream().map(JobState::label).sorted().collect(Collectors.joining(" or ")));
    }

    /** @return those it was done to */
    public Set<UUID> apply(Connection connection, Collection<UUID> jobs) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, connection.createArrayOf("uuid", jobs.toArray()));
            Set<UUID> done = new HashSet<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    done.add(rows.getObject(1, UUID.class));
                }
            }
            return done;
        }
    }
}
