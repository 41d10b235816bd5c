-- Removes an objective; its goals stay, without one.
-- $1 workspace_id  $2 id
delete from objectives where workspace_id = $1 and id = $2
