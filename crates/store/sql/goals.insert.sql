-- Adds a goal.
-- $1 workspace_id  $2 id  $3 site_id  $4 objective_id  $5 owner_id  $6 name  $7 metric  $8 filters  $9 counting
-- $10 threshold  $11 scale  $12 better  $13 baseline_value  $14 baseline_from  $15 baseline_to  $16 baseline_days
-- $17 target_kind  $18 target_input  $19 target_value  $20 start_date  $21 deadline  $22 words  $23 currency
-- $24 unit_value  $25 review_rhythm  $26 now  $27 version  $28 stated_baseline
insert into goals (
  workspace_id, id, site_id, objective_id, owner_id, name, metric, filters, counting, threshold, scale, better,
  baseline_value, baseline_from, baseline_to, baseline_days, target_kind, target_input, target_value, start_date,
  deadline, words, currency, unit_value, review_rhythm, created_at_us, updated_at_us, version,
  stated_baseline
)
values (
  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
  $26, $26, $27, $28
)
