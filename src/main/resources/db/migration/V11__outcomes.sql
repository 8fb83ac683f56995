-- What handlers left of completed jobs; apart from their rows, for most jobs leave nothing.
create table job_result (
    job_id uuid  primary key references job on delete cascade,
    result jsonb not null
);

-- Jobs that wait until others have ended. Such a job is scheduled, and due at no time.
create table job_batch (
    job_id uuid primary key references job on delete cascade
);

create table batch_member (
    batch_id uuid not null references job_batch on delete cascade,
    job_id   uuid not null references job on delete cascade,
    primary key (batch_id, job_id)
);

create index batch_member_job on batch_member (job_id);

comment on column job_batch.job_id is 'the job that waits, which gives the batch its id';
comment on table batch_member is 'the jobs that are waited for; one that has ended is taken out';
