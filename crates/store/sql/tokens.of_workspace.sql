-- A workspace's tokens, the oldest first.
-- $1 workspace_id
select id, workspace_id, name, scopes, prefix, created_at_us, last_used_at_us
from tokens
where workspace_id = $1
order by id
