-- Two rotations within a day left receivers with a secret that no longer signed.
alter table webhook add column earlier_secrets text[] not null default '{}';

update webhook set earlier_secrets = array[
        to_char(previous_secret_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z" ') || encode(previous_secret, 'base64')]
where previous_secret is not null and previous_secret_until > now();

comment on column webhook.earlier_secrets is 'each until when it signs beside the newest, and its key in base64; the newest first';
comment on column webhook.previous_secret is 'of versions before earlier_secrets';
