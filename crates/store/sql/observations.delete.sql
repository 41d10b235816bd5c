-- Takes back what was read on a day.
-- $1 workspace_id  $2 series  $3 dimensions  $4 day
delete from observations where workspace_id = $1 and series = $2 and dimensions = $3 and day = $4
