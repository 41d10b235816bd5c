-- A user's role in a workspace.
-- $1 workspace_id  $2 user_id
select role from members where workspace_id = $1 and user_id = $2
