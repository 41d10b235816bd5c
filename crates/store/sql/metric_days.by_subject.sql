-- The days of a subject.
-- $1 workspace_id  $2 subject
select from_day, to_day, days, measured_at_us from metric_days where workspace_id = $1 and subject = $2
