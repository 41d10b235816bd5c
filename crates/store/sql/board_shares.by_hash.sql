-- The link that someone shows, unless it has run out. Whoever shows it knows no workspace: the link names its workspace_id.
-- $1 token_hash  $2 now
select id, workspace_id, board_id, name, password_hash, origins, expires_at_us, created_by, created_at_us, last_used_at_us
from board_shares
where token_hash = $1 and (expires_at_us is null or expires_at_us > $2)
