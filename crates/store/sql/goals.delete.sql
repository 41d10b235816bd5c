-- Removes a goal.
-- $1 workspace_id  $2 id
delete from goals where workspace_id = $1 and id = $2
