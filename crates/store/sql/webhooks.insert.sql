-- Adds a webhook.
-- $1 id  $2 workspace_id  $3 url  $4 description  $5 news  $6 secret  $7 created_by  $8 now
insert into webhooks (id, workspace_id, url, description, news, secret, enabled, created_by, created_at_us)
values ($1, $2, $3, $4, $5, $6, 1, $7, $8)
