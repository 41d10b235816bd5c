-- Imported figures of a dimension from one day to another, both included, added up by tool, value and metric.
-- $1 workspace_id  $2 site_id  $3 dimension  $4 from  $5 to
select i.source as source, f.value as value, f.metric as metric, sum(f.amount) as amount
from imported_figures f join imports i on i.id = f.import_id
where f.workspace_id = $1 and f.site_id = $2 and f.dimension = $3 and f.day >= $4 and f.last_day <= $5
group by i.source, f.value, f.metric
order by i.source, f.metric, 4 desc, f.value
