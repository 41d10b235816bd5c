-- Removes a board with its links; roles that saw it first see the goals.
-- $1 workspace_id  $2 id
delete from boards where workspace_id = $1 and id = $2
