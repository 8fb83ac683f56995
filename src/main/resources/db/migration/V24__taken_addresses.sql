-- When the owner of an address was last told that somebody tried to sign up with it.
create table taken_address (
    email_key text primary key references app_user (email_key) on delete cascade on update cascade,
    told_at timestamptz not null
);
