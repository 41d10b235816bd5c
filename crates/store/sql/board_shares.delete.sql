-- Revokes a link.
-- $1 workspace_id  $2 board_id  $3 id
delete from board_shares where workspace_id = $1 and board_id = $2 and id = $3
