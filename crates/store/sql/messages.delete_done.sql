-- Forgets messages of every workspace that were done before a moment.
-- $1 before_us
delete from messages
where done_at_us < $1
