-- Removes an objective or KPI.
-- $1 workspace_id  $2 id
delete from objectives where workspace_id = $1 and id = $2
