-- Notes who did what.
-- $1 id  $2 workspace_id  $3 now  $4 actor_id  $5 actor  $6 action  $7 target  $8 detail
insert into audit (id, workspace_id, at_us, actor_id, actor, action, target, detail)
values ($1, $2, $3, $4, $5, $6, $7, $8)
