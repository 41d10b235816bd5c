-- Takes a line away.
-- $1 workspace_id  $2 id
delete from alert_lines
where workspace_id = $1 and id = $2
