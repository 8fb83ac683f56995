-- Who is told of what.
create table webhook (
    id                    uuid        primary key,
    url                   text        not null,
    events                text[]      not null,
    owner                 text,
    secret                bytea       not null,
    previous_secret       bytea,
    previous_secret_until timestamptz,
    created_at            timestamptz not null,
    failing_since         timestamptz,
    disabled_at           timestamptz,
    disabled_reason       text
);

comment on column webhook.owner is 'the address that is told when it is switched off; null for the operator''s';
comment on column webhook.previous_secret is 'signs beside the new one for a while after a rotation';
comment on column webhook.failing_since is 'every attempt has failed since then; null if the last one did not';
comment on column webhook.disabled_at is 'switched off; null while it is on';
