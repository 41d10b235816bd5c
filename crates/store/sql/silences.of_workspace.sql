-- The silences of a workspace that are not over.
-- $1 workspace_id  $2 now
select id, prefix, until_us, note, author, created_at_us
from silences
where workspace_id = $1 and (until_us is null or until_us > $2)
order by id
