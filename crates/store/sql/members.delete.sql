-- Takes a user out of a workspace.
-- $1 workspace_id  $2 user_id
delete from members where workspace_id = $1 and user_id = $2
