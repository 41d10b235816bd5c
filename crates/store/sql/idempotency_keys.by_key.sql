-- The request that used a key of the scope, and its answer when there is one.
-- $1 scope  $2 key
select request_hash, status, body, at_us from idempotency_keys where scope = $1 and key = $2
