-- Adds a milestone.
-- $1 workspace_id  $2 id  $3 goal_id  $4 name  $5 due  $6 value  $7 cut  $8 met_on  $9 now
insert into milestones (workspace_id, id, goal_id, name, due, value, cut, met_on, created_at_us)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
