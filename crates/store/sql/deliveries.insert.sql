-- Notes what became of a try to send a message.
-- $1 id  $2 workspace_id  $3 message  $4 channel  $5 recipient  $6 attempt  $7 at_us  $8 took_ms  $9 outcome  $10 status
-- $11 detail
insert into deliveries (id, workspace_id, message, channel, recipient, attempt, at_us, took_ms, outcome, status, detail)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
