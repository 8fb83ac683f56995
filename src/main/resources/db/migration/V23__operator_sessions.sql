-- Who has logged in to the console. Of the secret in the browser's cookie only a digest is kept.
create table operator_session (
    id uuid primary key,
    operator text not null,
    token bytea not null unique,
    -- The secret before this one: what the browser asked before it had the answer with the new one still counts.
    previous bytea unique,
    -- Of the password at the log-in, by PBKDF2: another password ends the session.
    password bytea not null,
    created_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    -- When the browser first sent the present secret.
    arrived_at timestamptz
);

-- One row: the same in all processes.
create table operator_session_salt (
    salt uuid primary key default gen_random_uuid()
);
insert into operator_session_salt default values;
