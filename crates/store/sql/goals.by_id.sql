-- One goal.
-- $1 workspace_id  $2 id
select
  id, workspace_id, site_id, objective_id, owner_id, name, metric, filters, counting, threshold, scale, better,
  baseline_value, baseline_from, baseline_to, baseline_days, target_kind, target_input, target_value, start_date,
  deadline, words, currency, unit_value, review_rhythm, stated_baseline, version, created_at_us, updated_at_us
from goals
where workspace_id = $1 and id = $2
