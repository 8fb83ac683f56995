-- The sign-up statistics that jobs of the type cohorts compute. Readers see the run that finished last.
create table statistics_run (
    id          uuid        primary key,
    job_id      uuid        unique,
    started_at  timestamptz not null,
    finished_at timestamptz,
    stage       text        not null check (stage in ('users', 'jobs')),
    after       uuid        not null,
    users       bigint      not null default 0,
    jobs        bigint      not null default 0
);

comment on column statistics_run.job_id is 'null: nobody needs the run any more, its rows are being removed';
comment on column statistics_run.stage is 'the table that is being read';
comment on column statistics_run.after is 'the id of the last row of it that is in the sums';

create table statistics_day (
    run_id uuid   not null references statistics_run,
    day    date   not null,
    users  bigint not null,
    primary key (run_id, day)
) with (fillfactor = 70);

create table statistics_domain (
    run_id uuid   not null references statistics_run,
    domain text   not null,
    users  bigint not null,
    primary key (run_id, domain)
) with (fillfactor = 70);

-- What had become of a day's jobs seven days after each was made.
create table statistics_outcome (
    run_id    uuid   not null references statistics_run,
    day       date   not null,
    type      text   not null,
    completed bigint not null,
    dead      bigint not null,
    cancelled bigint not null,
    open      bigint not null,
    primary key (run_id, day, type)
) with (fillfactor = 70);
