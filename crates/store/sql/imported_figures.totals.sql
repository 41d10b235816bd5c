-- Imported figures of a dimension from one day to another, both included, added up by value and metric.
-- $1 workspace_id  $2 site_id  $3 dimension  $4 from  $5 to
select value, metric, sum(amount) as amount
from imported_figures
where workspace_id = $1 and site_id = $2 and dimension = $3 and day >= $4 and day <= $5
group by value, metric
order by metric, 3 desc, value
