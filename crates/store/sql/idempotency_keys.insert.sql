-- Claims a key of the workspace's or user's scope for a request, unless it is in use.
-- $1 scope  $2 key  $3 request_hash  $4 at_us
insert into idempotency_keys (scope, key, request_hash, at_us) values ($1, $2, $3, $4)
on conflict (scope, key) do nothing
