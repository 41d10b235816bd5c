-- The lines of a workspace, the oldest first.
-- $1 workspace_id
select id, site_id, metric, filters, side, amount, created_by, created_at_us
from alert_lines
where workspace_id = $1
order by id
