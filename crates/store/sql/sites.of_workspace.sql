-- A workspace's sites, the oldest first.
-- $1 workspace_id
select id, workspace_id, number, domain, name, time_zone, currency, business_type, retention_days, created_at_us
from sites
where workspace_id = $1
order by number
