-- A board's links, the oldest first.
-- $1 workspace_id  $2 board_id
select id, workspace_id, board_id, name, password_hash, origins, expires_at_us, created_by, created_at_us, last_used_at_us
from board_shares
where workspace_id = $1 and board_id = $2
order by id
