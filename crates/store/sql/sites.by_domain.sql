-- One site of a workspace by its domain, as the query API names it.
-- $1 workspace_id  $2 domain
select id, workspace_id, number, domain, name, time_zone, currency, business_type, retention_days, created_at_us
from sites
where workspace_id = $1 and domain = $2
