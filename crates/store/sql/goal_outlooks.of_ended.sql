-- The forecasts of a workspace's goals that are over, by goal, the oldest first.
-- $1 workspace_id  $2 today
select goal_id, day, rules, status, probability, expected, low, high, so_far, pace, target, days_left
from goal_outlooks
where workspace_id = $1
  and goal_id in (select id from goals where workspace_id = $1 and deadline < $2)
order by goal_id, day
