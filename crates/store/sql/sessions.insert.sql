-- Signs a user in.
-- $1 id  $2 user_id  $3 token_hash  $4 user_agent  $5 now  $6 expires_at_us
insert into sessions (id, user_id, token_hash, user_agent, created_at_us, last_seen_at_us, expires_at_us)
values ($1, $2, $3, $4, $5, $5, $6)
