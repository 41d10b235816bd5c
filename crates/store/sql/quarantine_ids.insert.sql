-- Notes whom a refused message names.
-- $1 quarantine_id  $2 id
insert into quarantine_ids (quarantine_id, id) values ($1, $2)
on conflict (quarantine_id, id) do nothing
