-- Writes where a webhook is, what it gets and whether it is on.
-- $1 workspace_id  $2 id  $3 url  $4 description  $5 news  $6 enabled  $7 disabled_because
update webhooks
set url = $3, description = $4, news = $5, enabled = $6, disabled_because = $7
where workspace_id = $1 and id = $2
