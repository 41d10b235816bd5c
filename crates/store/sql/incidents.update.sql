-- Writes an incident unless someone wrote it since it was read.
-- $1 workspace_id  $2 id  $3 version read  $4 number  $5 seen  $6 state  $7 acted_by  $8 state_at_us
-- $9 told_at_us  $10 texts  $11 filters
update incidents
set number = $4, seen = $5, state = $6, acted_by = $7, state_at_us = $8, told_at_us = $9, texts = $10,
  filters = $11, version = version + 1
where workspace_id = $1 and id = $2 and version = $3
