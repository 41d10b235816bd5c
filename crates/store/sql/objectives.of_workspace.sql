-- A workspace's objectives and KPIs, siblings in their order.
-- $1 workspace_id
select
  id, workspace_id, name, description, owner_id, parent_id, kind, weight, position, metric, filters, outcome_metric,
  created_at_us
from objectives
where workspace_id = $1
order by position, id
