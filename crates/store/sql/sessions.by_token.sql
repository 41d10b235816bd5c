-- The sign-in that a cookie's token belongs to, unless it has run out, with its user.
-- $1 token_hash  $2 now
select
  s.id as session_id, s.user_agent, s.created_at_us as session_created_at_us, s.last_seen_at_us, s.expires_at_us,
  u.id, u.email, u.name, u.locale, u.password_hash, u.created_at_us
from sessions s
join users u on u.id = s.user_id
where s.token_hash = $1 and s.expires_at_us > $2
