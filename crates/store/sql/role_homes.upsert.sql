-- Says which board a role sees first.
-- $1 workspace_id  $2 role  $3 board_id
insert into role_homes (workspace_id, role, board_id)
values ($1, $2, $3)
on conflict (workspace_id, role) do update set board_id = excluded.board_id
