-- Writes how a workspace is watched.
-- $1 workspace_id  $2 budget_month  $3 probability_line  $4 stalled_weeks  $5 hourly  $6 languages  $7 now
insert into alert_settings (workspace_id, budget_month, probability_line, stalled_weeks, hourly, languages, updated_at_us)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (workspace_id) do update set
  budget_month = excluded.budget_month, probability_line = excluded.probability_line,
  stalled_weeks = excluded.stalled_weeks, hourly = excluded.hourly, languages = excluded.languages,
  updated_at_us = excluded.updated_at_us
