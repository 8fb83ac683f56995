-- Nothing that changes while a job lives stands in an index of the table job, or in the predicate of one: so each claim and each
-- settlement writes one new version of the row and no entry of an index (a HOT update). What must be found by its state stands in
-- small tables beside it.

-- Jobs that Kafka has still to get. A commit makes one row for all its jobs that are due at once.
create table outbox (
    id           uuid        primary key,
    publish_at   timestamptz not null,
    jobs         uuid[]      not null,
    dead_letters boolean     not null default false
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

comment on column outbox.publish_at is 'when the sweep brings these jobs to Kafka, unless the row is gone by then';
comment on column outbox.dead_letters is 'the jobs are dead, and go to the dead-letter topic';

create index outbox_due on outbox (publish_at);

insert into outbox (id, publish_at, jobs, dead_letters)
select gen_random_uuid(), publish_at, array[id], state = 'dead' from job where publish_at is not null;

-- Which worker claimed which jobs together. Those of a row that have ended since still stand in it, until all have.
create table claim (
    id     bigint generated always as identity primary key,
    worker uuid   not null,
    jobs   uuid[] not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create index claim_worker on claim (worker);

insert into claim (worker, jobs)
select worker, array_agg(id) from job where worker is not null and state = 'running' group by worker;

-- The jobs in states in which few are, or of which an operator wants to see all.
create table listed_job (
    type   text not null,
    state  text not null,
    job_id uuid not null,
    primary key (type, state, job_id)
);

create index listed_job_state on listed_job (state, job_id);

insert into listed_job select type, state, id from job where state in ('scheduled', 'retrying', 'dead', 'cancelled');

create function list_job() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        delete from listed_job where type = old.type and state = old.state and job_id = old.id;
    end if;
    if tg_op <> 'DELETE' and new.state in ('scheduled', 'retrying', 'dead', 'cancelled') then
        insert into listed_job (type, state, job_id) values (new.type, new.state, new.id) on conflict do nothing;
    end if;
    return null;
end $$;

create trigger job_listed_at_first after insert on job for each row
    when (new.state in ('scheduled', 'retrying', 'dead', 'cancelled')) execute function list_job();
create trigger job_listed after update of state on job for each row
    when (old.state <> new.state
          and (old.state in ('scheduled', 'retrying', 'dead', 'cancelled') or new.state in ('scheduled', 'retrying', 'dead', 'cancelled')))
    execute function list_job();
create trigger job_listed_no_more after delete on job for each row
    when (old.state in ('scheduled', 'retrying', 'dead', 'cancelled')) execute function list_job();

-- The unique keys of open jobs.
create table unique_job (
    type       text not null,
    unique_key text not null,
    job_id     uuid not null,
    primary key (type, unique_key)
);

insert into unique_job
select type, unique_key, id from job where unique_key is not null and state not in ('completed', 'dead', 'cancelled');

create function free_unique_key() returns trigger language plpgsql as $$
begin
    delete from unique_job where type = old.type and unique_key = old.unique_key and job_id = old.id;
    return null;
end $$;

create trigger job_no_longer_unique after update of state on job for each row
    when (new.unique_key is not null and new.state in ('completed', 'dead', 'cancelled')) execute function free_unique_key();
create trigger job_unique_no_more after delete on job for each row
    when (old.unique_key is not null) execute function free_unique_key();

drop index job_outbox;
drop index job_worker;
drop index job_published;
drop index job_list;
drop index job_unique;
alter table job drop column publish_at, drop column published_at;

-- Room on each page for both versions that the claim and the settlement write, also while another session holds an old snapshot and
-- keeps PostgreSQL from removing the first one.
alter table job set (fillfactor = 32);
