-- Keeps a new board.
-- $1 id  $2 workspace_id  $3 name  $4 description  $5 period  $6 compare  $7 tiles  $8 now
insert into boards (id, workspace_id, name, description, period, compare, tiles, version, created_at_us, updated_at_us)
values ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8)
