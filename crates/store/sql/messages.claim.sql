-- Claims messages of every workspace that are due, for a while; the attempt is counted before it is made.
-- The conditions stand twice: of two who choose the same rows, the second finds them changed.
-- $1 now  $2 claimed_until_us  $3 limit
update messages
set claimed_until_us = $2, attempts = attempts + 1
where state = 'waiting' and claimed_until_us <= $1 and id in (
  select id from messages
  where state = 'waiting' and next_at_us <= $1 and claimed_until_us <= $1
  order by next_at_us, id
  limit $3
)
returning id, workspace_id, message_id, channel, recipient, news, body, attempts, created_at_us
