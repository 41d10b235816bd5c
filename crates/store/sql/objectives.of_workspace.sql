-- A workspace's objectives, the oldest first.
-- $1 workspace_id
select id, workspace_id, name, description, owner_id, created_at_us
from objectives
where workspace_id = $1
order by id
