-- Notes that a sign-in was used, and keeps it alive.
-- $1 id  $2 now  $3 expires_at_us
update sessions
set last_seen_at_us = $2, expires_at_us = $3
where id = $1 and last_seen_at_us < $2
