-- Adds a user to a workspace.
-- $1 workspace_id  $2 user_id  $3 role  $4 now
insert into members (workspace_id, user_id, role, created_at_us) values ($1, $2, $3, $4)
