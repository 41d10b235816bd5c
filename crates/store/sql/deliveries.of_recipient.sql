-- At most so many tries to reach a recipient, the latest first, below an id, with what they carried.
-- $1 workspace_id  $2 channel  $3 recipient  $4 before  $5 limit
select d.id, d.message, d.attempt, d.at_us, d.took_ms, d.outcome, d.status, d.detail,
  m.message_id, m.news, m.state, m.next_at_us, m.body
from deliveries d
join messages m on m.id = d.message
where d.workspace_id = $1 and d.channel = $2 and d.recipient = $3 and d.id < $4
order by d.id desc
limit $5
