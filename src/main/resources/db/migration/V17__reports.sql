-- The sign-ups of a period, in order.
create index app_user_created on app_user (created_at, id);

-- Reports in PDF, each made by the job of the same id and kept as long as that.
create table report (
    id         uuid        primary key references job on delete cascade,
    first_day  date        not null,
    last_day   date        not null,
    sign_ups   bigint      not null,
    pages      bigint      not null,
    bytes      bigint      not null,
    etag       text        not null,
    created_at timestamptz not null
);

-- A megabyte each: neither who writes a report nor who reads it has all of it in memory.
create table report_part (
    report_id uuid  not null references report on delete cascade,
    part      int   not null,
    content   bytea not null,
    primary key (report_id, part)
);

-- PDFs are compressed already: PostgreSQL need not try again.
alter table report_part alter column content set storage external;
