-- Of the 33 microseconds that the removal of a job took, 29 were for the checks of these tables, which hold nothing for most jobs. The
-- cleanup removes what belongs to the jobs of a page with one look into each.
alter table job_failure drop constraint job_failure_job_id_fkey;
alter table job_result drop constraint job_result_job_id_fkey;
alter table job_progress drop constraint job_progress_job_id_fkey;
alter table job_batch drop constraint job_batch_job_id_fkey;
alter table batch_member drop constraint batch_member_job_id_fkey;
alter table cancellation drop constraint cancellation_job_id_fkey;
alter table report drop constraint report_id_fkey;
