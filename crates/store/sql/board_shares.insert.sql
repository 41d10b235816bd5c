-- Keeps a link to a board; of its token only the hash.
-- $1 id  $2 workspace_id  $3 board_id  $4 name  $5 token_hash  $6 password_hash  $7 origins  $8 expires_at_us
-- $9 created_by  $10 now
insert into board_shares
  (id, workspace_id, board_id, name, token_hash, password_hash, origins, expires_at_us, created_by, created_at_us)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
