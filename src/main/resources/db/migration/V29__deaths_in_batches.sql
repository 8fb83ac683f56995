-- A job that waits for the first death among others, and not for their end. Defaults that are constants rewrite no rows.
alter table job_batch add column until_dead boolean not null default false;
alter table batch_member add column died boolean not null default false;

comment on column job_batch.until_dead is 'the job waits until one of the others is dead; else until all are completed or cancelled';
comment on column batch_member.died is 'it died while a job waited for that, whatever became of it since';

create index batch_member_died on batch_member (batch_id) where died;
