-- Forgets attempts that no longer count.
-- $1 before
delete from sign_in_attempts where at_us <= $1
