-- Gives a webhook a new secret; the one before signs too until a moment.
-- $1 workspace_id  $2 id  $3 secret  $4 old_secret_until_us
update webhooks
set old_secret = secret, old_secret_until_us = $4, secret = $3
where workspace_id = $1 and id = $2
