-- A default that is a constant rewrites no rows.
alter table job add column lost_workers smallint not null default 0;

comment on column job.lost_workers is 'how many workers died while they ran the job, since it was enqueued or sent back';
