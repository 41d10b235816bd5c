-- One objective.
-- $1 workspace_id  $2 id
select id, workspace_id, name, description, owner_id, created_at_us
from objectives
where workspace_id = $1 and id = $2
