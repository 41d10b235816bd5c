-- Adds an API token; only its hash is kept.
-- $1 id  $2 workspace_id  $3 name  $4 scopes  $5 prefix  $6 token_hash  $7 now
insert into tokens (id, workspace_id, name, scopes, prefix, token_hash, created_at_us)
values ($1, $2, $3, $4, $5, $6, $7)
