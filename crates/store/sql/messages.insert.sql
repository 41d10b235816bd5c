-- Puts a message into the outbox, once for a channel and a recipient.
-- $1 id  $2 workspace_id  $3 message_id  $4 channel  $5 recipient  $6 news  $7 body  $8 now
insert into messages (
  id, workspace_id, message_id, channel, recipient, news, body, state, attempts, next_at_us, claimed_until_us, created_at_us
)
values ($1, $2, $3, $4, $5, $6, $7, 'waiting', 0, $8, 0, $8)
on conflict (workspace_id, message_id, channel, recipient) do nothing
