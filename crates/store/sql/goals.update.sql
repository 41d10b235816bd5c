-- Writes a goal unless someone wrote it since it was read.
-- $1 workspace_id  $2 id  $3 site_id  $4 objective_id  $5 owner_id  $6 name  $7 metric  $8 filters  $9 kind
-- $10 baseline_value  $11 baseline_from  $12 baseline_to  $13 target_kind  $14 target_input  $15 target_value
-- $16 start_date  $17 deadline  $18 weekday_weights  $19 words  $20 currency  $21 now  $22 version read
update goals
set
  site_id = $3, objective_id = $4, owner_id = $5, name = $6, metric = $7, filters = $8, kind = $9,
  baseline_value = $10, baseline_from = $11, baseline_to = $12, target_kind = $13, target_input = $14,
  target_value = $15, start_date = $16, deadline = $17, weekday_weights = $18, words = $19, currency = $20,
  updated_at_us = $21, version = version + 1
where workspace_id = $1 and id = $2 and version = $22
