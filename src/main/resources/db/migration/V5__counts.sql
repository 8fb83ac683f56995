-- How many jobs of each type are in each state: kept, since counting millions of them takes seconds.
create table job_count (
    type  text   not null,
    state text   not null,
    jobs  bigint not null,
    primary key (type, state)
);

-- What is to be added to job_count. Each statement that moves jobs adds rows of its own, so that none waits for another.
create table job_count_change (
    type  text   not null,
    state text   not null,
    jobs  bigint not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

insert into job_count select type, state, count(*) from job group by type, state;

create function count_inserted_jobs() returns trigger language plpgsql as $$
begin
    insert into job_count_change select type, state, count(*) from inserted group by type, state;
    return null;
end $$;

create function count_moved_jobs() returns trigger language plpgsql as $$
begin
    insert into job_count_change
    select type, state, sum(jobs)
    from (select type, state, 1 as jobs from moved union all select type, state, -1 from before) as moves
    group by type, state having sum(jobs) <> 0;
    return null;
end $$;

create function count_deleted_jobs() returns trigger language plpgsql as $$
begin
    insert into job_count_change select type, state, -count(*) from deleted group by type, state;
    return null;
end $$;

create trigger job_inserted after insert on job referencing new table as inserted
    for each statement execute function count_inserted_jobs();
create trigger job_moved after update on job referencing old table as before new table as moved
    for each statement execute function count_moved_jobs();
create trigger job_deleted after delete on job referencing old table as deleted
    for each statement execute function count_deleted_jobs();
