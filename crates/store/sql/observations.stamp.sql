-- What is another one whenever a reading of the workspace came, changed or went.
-- $1 workspace_id
select count(*) as readings, coalesce(max(at_us), 0) as latest_us
from observations
where workspace_id = $1
