-- Removes a webhook.
-- $1 workspace_id  $2 id
delete from webhooks
where workspace_id = $1 and id = $2
