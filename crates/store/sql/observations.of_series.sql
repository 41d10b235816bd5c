-- What was read of a series from one day to another, both included, in the order of days.
-- $1 workspace_id  $2 series  $3 from  $4 to
select series, dimensions, day, value, weight, site_id, source, noted_by, at_us
from observations
where workspace_id = $1 and series = $2 and day >= $3 and day <= $4
order by day, dimensions
