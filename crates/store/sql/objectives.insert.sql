-- Adds a business objective.
-- $1 id  $2 workspace_id  $3 name  $4 description  $5 owner_id  $6 now
insert into objectives (id, workspace_id, name, description, owner_id, created_at_us, updated_at_us)
values ($1, $2, $3, $4, $5, $6, $6)
