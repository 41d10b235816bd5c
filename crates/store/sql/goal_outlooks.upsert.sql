-- Keeps a goal's forecast of a day, unless someone wrote the goal since it was read; a goal that was changed is
-- forecast anew.
-- $1 goal_id  $2 workspace_id  $3 day  $4 rules  $5 status  $6 probability  $7 expected  $8 low  $9 high  $10 so_far
-- $11 pace  $12 target  $13 days_left  $14 version read
insert into goal_outlooks (
  goal_id, workspace_id, day, rules, status, probability, expected, low, high, so_far, pace, target, days_left
)
select id, workspace_id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
from goals
where workspace_id = $2 and id = $1 and version = $14
on conflict (goal_id, day) do update
set rules = excluded.rules, status = excluded.status, probability = excluded.probability, expected = excluded.expected,
  low = excluded.low, high = excluded.high, so_far = excluded.so_far, pace = excluded.pace, target = excluded.target,
  days_left = excluded.days_left
