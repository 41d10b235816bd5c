-- Removes a milestone.
-- $1 workspace_id  $2 goal_id  $3 id
delete from milestones where workspace_id = $1 and goal_id = $2 and id = $3
