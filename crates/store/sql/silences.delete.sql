-- Ends a silence.
-- $1 workspace_id  $2 id
delete from silences
where workspace_id = $1 and id = $2
