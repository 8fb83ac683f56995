-- What operators have set for a lane, for all workers. What is null is left to the settings.
create table lane (
    type        text primary key,
    paused      boolean not null default false,
    concurrency int,
    rate_limit  text
);

comment on column lane.rate_limit is 'such as 100/s, or none to lift the limit of the settings';

-- Running jobs whose end an operator asks for; their workers look here.
create table cancellation (
    job_id       uuid        primary key references job on delete cascade,
    requested_at timestamptz not null
);

-- What an operator wants done with all jobs of a filter. One batch after another; "after" says where the next one begins.
create table bulk_action (
    id          uuid        primary key,
    action      text        not null check (action in ('redrive', 'cancel', 'discard')),
    filter      jsonb       not null,
    operator    text        not null,
    created_at  timestamptz not null,
    after       uuid,
    expected    bigint,
    done        bigint      not null default 0,
    finished_at timestamptz
);

create index bulk_action_open on bulk_action (id) where finished_at is null;

-- The token buckets of rate limits.
create table rate_bucket (
    id         text   primary key,
    state      bytea,
    expires_at bigint
);

create table audit_entry (
    id       uuid        primary key,
    at       timestamptz not null,
    operator text        not null,
    action   text        not null,
    target   text        not null,
    jobs     bigint
);

comment on table audit_entry is 'what operators did';
comment on column audit_entry.jobs is 'how many it touched; null where there is nothing to count';
