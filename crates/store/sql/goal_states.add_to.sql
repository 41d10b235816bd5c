-- Writes more into a goal's newest answer, unless it is another one by now.
-- $1 workspace_id  $2 goal_id  $3 computed_at_us read  $4 state
update goal_states set state = $4 where workspace_id = $1 and goal_id = $2 and computed_at_us = $3
