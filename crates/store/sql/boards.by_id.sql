-- One board.
-- $1 workspace_id  $2 id
select id, workspace_id, name, description, period, compare, tiles, version, created_at_us, updated_at_us
from boards
where workspace_id = $1 and id = $2
