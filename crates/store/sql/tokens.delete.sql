-- Revokes a token.
-- $1 workspace_id  $2 id
delete from tokens where workspace_id = $1 and id = $2
