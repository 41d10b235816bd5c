-- Puts a message into a member's inbox, once.
-- $1 id  $2 workspace_id  $3 user_id  $4 message_id  $5 incident_id  $6 news  $7 bad  $8 texts  $9 link  $10 now
insert into inbox (id, workspace_id, user_id, message_id, incident_id, news, bad, texts, link, created_at_us)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (workspace_id, user_id, message_id) do nothing
