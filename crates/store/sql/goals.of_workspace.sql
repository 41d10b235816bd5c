-- A workspace's goals, the nearest deadline first.
-- $1 workspace_id
select
  id, workspace_id, site_id, objective_id, owner_id, name, metric, filters, kind, baseline_value, baseline_from,
  baseline_to, target_kind, target_input, target_value, start_date, deadline, weekday_weights, words, currency, version,
  created_at_us, updated_at_us
from goals
where workspace_id = $1
order by deadline, id
