-- Writes a goal unless someone wrote it since it was read.
-- $1 workspace_id  $2 id  $3 site_id  $4 objective_id  $5 owner_id  $6 name  $7 metric  $8 filters  $9 counting
-- $10 threshold  $11 scale  $12 better  $13 baseline_value  $14 baseline_from  $15 baseline_to  $16 baseline_days
-- $17 target_kind  $18 target_input  $19 target_value  $20 start_date  $21 deadline  $22 words  $23 currency
-- $24 unit_value  $25 review_rhythm  $26 now  $27 version read  $28 stated_baseline
update goals
set
  site_id = $3, objective_id = $4, owner_id = $5, name = $6, metric = $7, filters = $8, counting = $9, threshold = $10,
  scale = $11, better = $12, baseline_value = $13, baseline_from = $14, baseline_to = $15, baseline_days = $16,
  target_kind = $17, target_input = $18, target_value = $19, start_date = $20, deadline = $21, words = $22,
  currency = $23, unit_value = $24, review_rhythm = $25, stated_baseline = $28, updated_at_us = $26,
  version = version + 1
where workspace_id = $1 and id = $2 and version = $27
