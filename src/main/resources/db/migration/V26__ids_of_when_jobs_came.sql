-- Jobs of other programs had the ids that those gave them: no times, so lists, filters by time and bulk actions passed them over.
-- Those that have ended get ids of when they came. What may still run keeps its id, for workers that run it know it by that.
create temporary table renamed on commit drop as
select id as old_id, type, created_at as came_at, id as new_id
from job
where state in ('completed', 'dead', 'cancelled')
  and (uuid_extract_version(id) is distinct from 7
       or uuid_extract_timestamp(id) not between created_at - interval '1 day' and created_at + interval '1 day');

-- None came before times began, nor after it ended.
update renamed
set came_at = greatest(timestamptz 'epoch', least(job.created_at, job.started_at, job.finished_at, now()))
from job
where job.id = renamed.old_id;

-- A UUID v7 (RFC 9562, section 5.7): milliseconds, the fraction of one, and random bits that the old id stands for.
update renamed
set new_id = (lpad(to_hex(floor(extract(epoch from came_at) * 1000)::bigint), 12, '0')
              || '7' || lpad(to_hex(floor(mod(extract(epoch from came_at) * 1000, 1) * 4096)::int), 3, '0')
              || '8' || left(md5(old_id::text), 15))::uuid;

insert into job (id, type, key, payload, state, attempt, created_at, due_at, started_at, finished_at, publish_at, worker,
                 traceparent, published_at, unique_key, lost_workers)
select new_id, job.type, key, payload, state, attempt, created_at, due_at, started_at, finished_at, publish_at, worker,
       traceparent, published_at, unique_key, lost_workers
from job join renamed on id = old_id;

update job_failure set job_id = new_id from renamed where job_id = old_id;
update job_progress set job_id = new_id from renamed where job_id = old_id;
-- Links in it lead to what has the job's id.
update job_result set job_id = new_id, result = replace(result::text, old_id::text, new_id::text)::jsonb
from renamed where job_id = old_id;
update statistics_run set job_id = new_id from renamed where job_id = old_id;

insert into report (id, first_day, last_day, sign_ups, pages, bytes, etag, created_at)
select new_id, first_day, last_day, sign_ups, pages, bytes, etag, created_at from report join renamed on id = old_id;
update report_part set report_id = new_id from renamed where report_id = old_id;

-- A job that waited for others has ended, as they have.
delete from job using renamed where id = old_id;

update foreign_job set job_id = new_id from renamed where job_id = old_id;
-- Its records, and a dead letter that is sent back, still name the old one.
insert into foreign_job (record_id, type, job_id)
select record_id, type, new_id from renamed, unnest(array[old_id::text, upper(old_id::text)]) as record_id
on conflict do nothing;
