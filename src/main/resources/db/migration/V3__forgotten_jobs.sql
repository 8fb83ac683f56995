alter table job add column published_at timestamptz;

comment on column job.published_at is 'when Kafka last acknowledged the record of a job that waits for a worker';

-- Jobs that wait in Kafka, to find those that it has forgotten.
create index job_published on job (type, published_at)
    where published_at is not null and publish_at is null and state in ('queued', 'retrying');
