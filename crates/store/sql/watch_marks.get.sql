-- The last day on which something was watched.
-- $1 workspace_id  $2 name
select day
from watch_marks
where workspace_id = $1 and name = $2
