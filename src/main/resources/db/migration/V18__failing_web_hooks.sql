-- Two failures with days of silence between them are not days of failures.
alter table webhook add column failed_at timestamptz;

comment on column webhook.failed_at is 'when an attempt failed last, to the minute; null if none did';
comment on column webhook.failing_since is 'every attempt has failed since then, at least one a day; null if the last one did not';
