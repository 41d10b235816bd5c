-- Adds budget, people or tools of a goal.
-- $1 workspace_id  $2 id  $3 goal_id  $4 kind  $5 name  $6 month  $7 planned  $8 spent  $9 unit  $10 now
insert into goal_resources (workspace_id, id, goal_id, kind, name, month, planned, spent, unit, created_at_us)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
