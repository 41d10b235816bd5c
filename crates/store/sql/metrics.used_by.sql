-- Names of the goals on a metric.
-- $1 workspace_id  $2 metric
select name from goals where workspace_id = $1 and metric = $2 order by name
