-- Frees a key whose request made nothing.
-- $1 scope  $2 key
delete from idempotency_keys where scope = $1 and key = $2
