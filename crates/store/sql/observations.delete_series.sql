-- Takes back a whole series.
-- $1 workspace_id  $2 series
delete from observations where workspace_id = $1 and series = $2
