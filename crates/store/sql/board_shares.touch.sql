-- Notes that a link was used.
-- $1 workspace_id  $2 id  $3 now
update board_shares
set last_used_at_us = $3
where workspace_id = $1 and id = $2 and (last_used_at_us is null or last_used_at_us < $3)
