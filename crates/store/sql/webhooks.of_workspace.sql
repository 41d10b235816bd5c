-- The webhooks of a workspace, the oldest first.
-- $1 workspace_id
select *
from webhooks
where workspace_id = $1
order by id
