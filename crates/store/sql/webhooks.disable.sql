-- Switches a webhook off, unless it is off.
-- $1 workspace_id  $2 id  $3 disabled_because
update webhooks
set enabled = 0, disabled_because = $3
where workspace_id = $1 and id = $2 and enabled = 1
