package dev.offstage.task.cohorts;

import java.util.Locale;

/** The tables that a run reads, one after the other. */
enum Stage {

    USERS("""
            with chunk as materialized (
                select id, (created_at at time zone 'UTC')::date as day, split_part(email_key, '@', -1) as domain
                from app_user where id > ? order by id limit ?
            ), run as (
                select ?::uuid as id
            ), days as (
                insert into statistics_day as sums (run_id, day, users)
                select run.id, day, count(*) from chunk, run group by run.id, day
                on conflict (run_id, day) do update set users = sums.users + excluded.users
            ), domains as (
                insert into statistics_domain as sums (run_id, domain, users)
                select run.id, domain, count(*) from chunk, run group by run.id, domain
                on conflict (run_id, domain) do update set users = sums.users + excluded.users
            )
            select count(*), (select id from chunk order by id desc limit 1) from chunk
            """, "update statistics_run set users = users + ?, after = ? where id = ?"),

    JOBS("""
            with chunk as materialized (
                select id, type, (created_at at time zone 'UTC')::date as day,
                       case when state in ('completed', 'dead', 'cancelled')
                                 and finished_at <= created_at + interval '168 hours' then state else 'open' end as outcome
                from job where id > ? order by id limit ?
            ), run as (
                select ?::uuid as id
            ), outcomes as (
                insert into statistics_outcome as sums (run_id, day, type, completed, dead, cancelled, open)
                select run.id, day, type, count(*) filter (where outcome = 'completed'),
                       count(*) filter (where outcome = 'dead'), count(*) filter (where outcome = 'cancelled'),
                       count(*) filter (where outcome = 'open')
                from chunk, run group by run.id, day, type
                on conflict (run_id, day, type) do update
                set completed = sums.completed + excluded.completed, dead = sums.dead + excluded.dead,
                    cancelled = sums.cancelled + excluded.cancelled, open = sums.open + excluded.open
            )
            select count(*), (select id from chunk order by id desc limit 1) from chunk
            """,
            "update statistics_run set jobs = jobs + ?, after = ? where id = ?");

    private final String label = name().toLowerCase(Locale.ROOT);
    private final String addChunk;
    private final String move;

    Stage(String addChunk, String move) {
        this.addChunk = addChunk;
        this.move = move;
    }

    /** As in PostgreSQL. */
    String label() {
        return label;
    }

    /**
     * Adds the next rows of the table to the sums; one statement, so that all sums are of the same rows. Its parameters are
     * the last id that is in the sums, how many rows to add, and the run; it returns how many there were, and the last id of these.
     */
    String addChunk() {
        return addChunk;
    }

    /** Notes what was added: how many rows, the last id, and the run. */
    String move() {
        return move;
    }

    static Stage of(String label) {
        return valueOf(label.toUpperCase(Locale.ROOT));
    }
}
