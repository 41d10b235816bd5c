-- Removes the milestones of a goal that were cut and not yet met.
-- $1 workspace_id  $2 goal_id
delete from milestones where workspace_id = $1 and goal_id = $2 and cut = 'season' and met_on is null
