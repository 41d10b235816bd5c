-- One webhook.
-- $1 workspace_id  $2 id
select *
from webhooks
where workspace_id = $1 and id = $2
