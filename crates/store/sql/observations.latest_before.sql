-- What was read last before a day, and not before another one, for each set of dimensions.
-- $1 workspace_id  $2 series  $3 before  $4 not before
select o.series, o.dimensions, o.day, o.value, o.weight, o.site_id, o.source, o.noted_by, o.at_us
from observations o
join (
  select dimensions, max(day) as day from observations
  where workspace_id = $1 and series = $2 and day < $3 and day >= $4
  group by dimensions
) latest on latest.dimensions = o.dimensions and latest.day = o.day
where o.workspace_id = $1 and o.series = $2
order by o.dimensions
