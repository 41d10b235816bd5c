-- At most so many messages of a member, the latest first, below an id; only unread ones when $5 is 1.
-- $1 workspace_id  $2 user_id  $3 before  $4 limit  $5 unread only
select id, message_id, incident_id, news, bad, texts, link, created_at_us, read_at_us
from inbox
where workspace_id = $1 and user_id = $2 and id < $3 and ($5 = 0 or read_at_us is null)
order by id desc
limit $4
