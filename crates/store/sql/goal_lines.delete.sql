-- Leaves a goal to the workspace's line.
-- $1 workspace_id  $2 goal_id
delete from goal_lines
where workspace_id = $1 and goal_id = $2
