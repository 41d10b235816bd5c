-- Forgets sign-ins that have run out.
-- $1 now
delete from sessions where expires_at_us <= $1
