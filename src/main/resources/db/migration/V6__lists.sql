-- Newest first, of a type in a state; without the states that every job passes through, for those would cost each job.
create index job_list on job (type, state, id) where state in ('scheduled', 'retrying', 'dead', 'cancelled');
