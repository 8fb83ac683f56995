-- How many attempts ended in each minute, and how long they took: for charts. Workers add to it every few seconds.
create table attempt_minute (
    type     text        not null,
    minute   timestamptz not null,
    outcome  text        not null check (outcome in ('completed', 'failed', 'dead')),
    bucket   smallint    not null,
    attempts bigint      not null,
    primary key (minute, type, outcome, bucket)
) with (fillfactor = 50);

comment on column attempt_minute.bucket is 'the run time: four to each doubling, from 1 ms; see RunTime';
