create table job (
    id          uuid primary key,
    type        text        not null,
    key         text        not null,
    payload     jsonb       not null,
    state       text        not null check (state in
                    ('scheduled', 'queued', 'running', 'retrying', 'completed', 'dead', 'cancelled')),
    attempt     int         not null,
    created_at  timestamptz not null,
    due_at      timestamptz,
    started_at  timestamptz,
    finished_at timestamptz,
    publish_at  timestamptz,
    worker      uuid,
    traceparent text
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

comment on column job.attempt is 'the attempt that runs or comes next; the last one when the job is finished';
comment on column job.due_at is 'scheduled and retrying: not before';
comment on column job.publish_at is 'the outbox: when the sweep hands the row to Kafka; null when Kafka has it or a worker runs it';
comment on column job.worker is 'running: who runs it';

create index job_outbox on job (publish_at) where publish_at is not null;
create index job_worker on job (worker) where worker is not null;
create index job_key on job (key);

create table job_failure (
    job_id        uuid        not null references job on delete cascade,
    attempt       int         not null,
    started_at    timestamptz not null,
    failed_at     timestamptz not null,
    error_class   text        not null,
    error_message text        not null,
    primary key (job_id, failed_at, attempt)
);

create table worker (
    id   uuid primary key,
    beat bigint not null
);

comment on column worker.beat is 'counts up while the worker lives; whoever sees it stand still takes the worker for dead';
