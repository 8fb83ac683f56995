-- How a user wants to be told. A user without a row is told by mail.
create table notification_channel (
    id       uuid primary key,
    user_id  uuid not null references app_user on delete cascade,
    position int  not null,
    kind     text not null check (kind in ('mail', 'slack')),
    url      text check ((url is not null) = (kind = 'slack'))
);

comment on column notification_channel.position is 'its place in the user''s list, from 0';

create index notification_channel_user on notification_channel (user_id);

-- What a user is told. Those of a window become one message.
create table notification (
    id           uuid        primary key,
    user_id      uuid        not null references app_user on delete cascade,
    title        text        not null,
    text         text        not null,
    created_at   timestamptz not null,
    digest_at    timestamptz not null,
    delivered_at timestamptz
);

comment on column notification.id is 'the job that brought it';
comment on column notification.digest_at is 'when the window ends in which it came';
comment on column notification.delivered_at is 'when it was handed to the user''s channels; null while it waits';

create index notification_waiting on notification (user_id, id) where delivered_at is null;
create index notification_delivered on notification (delivered_at) where delivered_at is not null;
