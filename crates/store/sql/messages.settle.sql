-- Writes what became of an attempt, unless another has begun since.
-- $1 workspace_id  $2 id  $3 attempts  $4 state  $5 next_at_us  $6 done_at_us
update messages
set state = $4, next_at_us = $5, claimed_until_us = 0, done_at_us = $6
where workspace_id = $1 and id = $2 and attempts = $3
