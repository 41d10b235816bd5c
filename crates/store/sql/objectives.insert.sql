-- Adds a business objective or a KPI.
-- $1 workspace_id  $2 id  $3 name  $4 description  $5 owner_id  $6 parent_id  $7 kind  $8 weight  $9 position
-- $10 metric  $11 filters  $12 outcome_metric  $13 now
insert into objectives (
  workspace_id, id, name, description, owner_id, parent_id, kind, weight, position, metric, filters, outcome_metric,
  created_at_us, updated_at_us
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
