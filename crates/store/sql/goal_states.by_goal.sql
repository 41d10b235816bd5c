-- A goal's newest whole answer.
-- $1 workspace_id  $2 goal_id
select goal_id, day, rules, summary, state, computed_at_us
from goal_states
where workspace_id = $1 and goal_id = $2
