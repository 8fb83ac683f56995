create table app_user (
    id         uuid        primary key,
    email      text        not null,
    -- What makes two spellings the same address: NFC, lower case, the domain in ASCII. See EmailAddress.key().
    email_key  text        not null unique,
    name       text        not null,
    created_at timestamptz not null
);

create table avatar (
    user_id      uuid        not null references app_user on delete cascade,
    -- The side of the square in pixels; 0 is the original, in its own shape.
    size         int         not null check (size >= 0),
    content_type text        not null,
    content      bytea       not null,
    etag         text        not null,
    created_at   timestamptz not null,
    primary key (user_id, size)
);

-- Pictures are compressed already: PostgreSQL need not try again.
alter table avatar alter column content set storage external;
