-- Forgets what was told before a moment, of every workspace.
-- $1 before_us
delete from inbox
where created_at_us < $1
