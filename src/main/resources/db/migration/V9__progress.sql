-- How far running jobs are. Apart from their rows, which are written often enough.
create table job_progress (
    job_id      uuid        primary key references job on delete cascade,
    done        bigint      not null,
    total       bigint      not null,
    reported_at timestamptz not null
) with (fillfactor = 50);
