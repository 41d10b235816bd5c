-- Removes a metric with its versions.
-- $1 workspace_id  $2 key
delete from metrics where workspace_id = $1 and key = $2
