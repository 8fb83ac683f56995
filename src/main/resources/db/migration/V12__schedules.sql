-- When which job is enqueued: as the settings say, or as operators say instead.
create table schedule (
    name      text        primary key,
    cron      text        not null,
    zone      text        not null,
    type      text        not null,
    payload   jsonb       not null,
    enabled   boolean     not null,
    source    text        not null check (source in ('settings', 'operator')),
    deleted   boolean     not null default false,
    next_at   timestamptz,
    fired_for timestamptz,
    last_job  uuid
);

comment on column schedule.source is 'who wrote this row last; the settings write over no row of an operator';
comment on column schedule.deleted is 'by an operator: remembered, so that the settings do not bring it back';
comment on column schedule.next_at is 'the fire time that comes next, or is due; null if it does not fire';
comment on column schedule.fired_for is 'the latest fire time that a job was enqueued for, in the same transaction';
comment on column schedule.last_job is 'that job; it may have been removed since';
