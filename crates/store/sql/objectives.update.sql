-- Writes an objective.
-- $1 workspace_id  $2 id  $3 name  $4 description  $5 owner_id  $6 now
update objectives
set name = $3, description = $4, owner_id = $5, updated_at_us = $6
where workspace_id = $1 and id = $2
