-- Of a picture that moves there are two of each size: the poster, which is still, and the animation.
alter table avatar add column animated boolean not null default false;
alter table avatar drop constraint avatar_pkey;
alter table avatar add primary key (user_id, size, animated);
