-- Forgets subjects of a workspace that were not measured since a moment: no goal counts so any more.
-- $1 workspace_id  $2 before
delete from metric_days where workspace_id = $1 and measured_at_us < $2
