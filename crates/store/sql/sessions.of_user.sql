-- A user's sign-ins that have not run out, the latest used first.
-- $1 user_id  $2 now
select id as session_id, user_agent, created_at_us as session_created_at_us, last_seen_at_us, expires_at_us
from sessions
where user_id = $1 and expires_at_us > $2
order by last_seen_at_us desc, id
