-- Writes an objective or KPI.
-- $1 workspace_id  $2 id  $3 name  $4 description  $5 owner_id  $6 parent_id  $7 kind  $8 weight  $9 position
-- $10 metric  $11 filters  $12 outcome_metric  $13 now
update objectives
set
  name = $3, description = $4, owner_id = $5, parent_id = $6, kind = $7, weight = $8, position = $9, metric = $10,
  filters = $11, outcome_metric = $12, updated_at_us = $13
where workspace_id = $1 and id = $2
