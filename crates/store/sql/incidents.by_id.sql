-- One incident.
-- $1 workspace_id  $2 id
select *
from incidents
where workspace_id = $1 and id = $2
