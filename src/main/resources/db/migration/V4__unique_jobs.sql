alter table job add column unique_key text;

comment on column job.unique_key is 'while the job is open, no other one of its type may have the same; null for none';

create unique index job_unique on job (type, unique_key)
    where unique_key is not null and state not in ('completed', 'dead', 'cancelled');
