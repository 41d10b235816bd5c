-- Adds a goal, as version 1.
-- $1 id  $2 workspace_id  $3 site_id  $4 objective_id  $5 owner_id  $6 name  $7 metric  $8 filters  $9 kind
-- $10 baseline_value  $11 baseline_from  $12 baseline_to  $13 target_kind  $14 target_input  $15 target_value
-- $16 start_date  $17 deadline  $18 weekday_weights  $19 words  $20 currency  $21 now
insert into goals (
  id, workspace_id, site_id, objective_id, owner_id, name, metric, filters, kind, baseline_value, baseline_from,
  baseline_to, target_kind, target_input, target_value, start_date, deadline, weekday_weights, words, currency, version,
  created_at_us, updated_at_us
)
values (
  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, 1, $21, $21
)
