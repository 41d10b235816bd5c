-- One site of a workspace.
-- $1 workspace_id  $2 id
select id, workspace_id, number, domain, name, time_zone, currency, business_type, retention_days, created_at_us
from sites
where workspace_id = $1 and id = $2
