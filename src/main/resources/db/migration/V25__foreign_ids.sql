create table foreign_job (
    record_id text not null,
    type      text not null,
    job_id    uuid not null,
    primary key (record_id, type)
);

create index foreign_job_id on foreign_job (job_id);

comment on table foreign_job is 'what other programs call their jobs: a second record of that id is no second job; goes with its job';
