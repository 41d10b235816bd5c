-- Adds a line to a site of the workspace. No row when there is no such site.
-- $1 workspace_id  $2 site_id  $3 id  $4 metric  $5 filters  $6 side  $7 amount  $8 created_by  $9 now
insert into alert_lines (id, workspace_id, site_id, metric, filters, side, amount, created_by, created_at_us)
select $3, s.workspace_id, s.id, $4, $5, $6, $7, $8, $9
from sites s
where s.workspace_id = $1 and s.id = $2
