-- Sends a message again that was given up or sent.
-- $1 workspace_id  $2 channel  $3 recipient  $4 id  $5 now
update messages
set state = 'waiting', attempts = 0, next_at_us = $5, claimed_until_us = 0, done_at_us = null
where workspace_id = $1 and channel = $2 and recipient = $3 and id = $4 and state <> 'waiting'
