-- Lets a role see the goals first.
-- $1 workspace_id  $2 role
delete from role_homes where workspace_id = $1 and role = $2
