-- Writes a board unless someone wrote it since it was read.
-- $1 workspace_id  $2 id  $3 name  $4 description  $5 period  $6 compare  $7 tiles  $8 now  $9 version read
update boards
set name = $3, description = $4, period = $5, compare = $6, tiles = $7, updated_at_us = $8, version = version + 1
where workspace_id = $1 and id = $2 and version = $9
