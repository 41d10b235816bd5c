-- Changes a member's role.
-- $1 workspace_id  $2 user_id  $3 role
update members set role = $3 where workspace_id = $1 and user_id = $2
