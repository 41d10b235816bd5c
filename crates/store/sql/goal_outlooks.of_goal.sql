-- A goal's forecasts, the oldest first.
-- $1 workspace_id  $2 goal_id
select goal_id, day, rules, status, probability, expected, low, high, so_far, pace, target, days_left
from goal_outlooks
where workspace_id = $1 and goal_id = $2
order by day
