-- Gives up what waits for a recipient.
-- $1 workspace_id  $2 channel  $3 recipient  $4 now
update messages
set state = 'dropped', done_at_us = $4
where workspace_id = $1 and channel = $2 and recipient = $3 and state = 'waiting'
