-- The newest answers of a workspace's goals, in short.
-- $1 workspace_id
select goal_id, day, rules, summary, '' as state, computed_at_us from goal_states where workspace_id = $1
