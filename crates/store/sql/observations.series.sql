-- The series of a workspace and their extent, by name.
-- $1 workspace_id
select series, count(*) as readings, count(distinct dimensions) as parts, min(day) as first_day, max(day) as last_day
from observations
where workspace_id = $1
group by series
order by series
