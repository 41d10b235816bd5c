-- How a workspace is watched. No row where nobody chose.
-- $1 workspace_id
select budget_month, probability_line, stalled_weeks, hourly, languages
from alert_settings
where workspace_id = $1
