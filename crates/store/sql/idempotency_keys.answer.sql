-- Keeps the answer to a request.
-- $1 scope  $2 key  $3 status  $4 body
update idempotency_keys set status = $3, body = $4 where scope = $1 and key = $2
