-- Writes what may change of a metric; its formula has versions of its own.
-- $1 workspace_id  $2 key  $3 name  $4 description  $5 owner_id  $6 better  $7 unit  $8 currency  $9 now
update metrics
set name = $3, description = $4, owner_id = $5, better = $6, unit = $7, currency = $8, updated_at_us = $9
where workspace_id = $1 and key = $2
