-- What each role sees first; roles that see the goals have no row.
-- $1 workspace_id
select role, board_id from role_homes where workspace_id = $1 order by role
