-- One objective or KPI.
-- $1 workspace_id  $2 id
select
  id, workspace_id, name, description, owner_id, parent_id, kind, weight, position, metric, filters, outcome_metric,
  created_at_us
from objectives
where workspace_id = $1 and id = $2
