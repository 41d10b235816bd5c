-- Adds a version to a metric.
-- $1 workspace_id  $2 key  $3 number  $4 valid_from  $5 formula  $6 note  $7 author  $8 now
insert into metric_versions (workspace_id, key, number, valid_from, formula, note, author, created_at_us)
values ($1, $2, $3, $4, $5, $6, $7, $8)
