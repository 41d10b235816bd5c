-- Forgets answers that are no longer repeated, and requests that never ended.
-- $1 answered before  $2 begun before
delete from idempotency_keys where at_us <= $1 or (status is null and at_us <= $2)
