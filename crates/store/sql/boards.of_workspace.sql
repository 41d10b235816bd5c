-- A workspace's boards, the oldest first.
-- $1 workspace_id
select id, workspace_id, name, description, period, compare, tiles, version, created_at_us, updated_at_us
from boards
where workspace_id = $1
order by id
