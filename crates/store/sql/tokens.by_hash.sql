-- The token a client shows. Whoever shows it knows no workspace yet: the token names it.
-- $1 token_hash
select id, workspace_id, name, scopes, prefix, created_at_us, last_used_at_us
from tokens
where token_hash = $1
