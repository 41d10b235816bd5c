-- Adds a metric to the dictionary.
-- $1 workspace_id  $2 key  $3 name  $4 description  $5 owner_id  $6 better  $7 unit  $8 currency  $9 now
insert into metrics (workspace_id, key, name, description, owner_id, better, unit, currency, created_at_us, updated_at_us)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
