-- Writes budget, people or tools of a goal.
-- $1 workspace_id  $2 id  $3 goal_id  $4 kind  $5 name  $6 month  $7 planned  $8 spent  $9 unit
update goal_resources set kind = $4, name = $5, month = $6, planned = $7, spent = $8, unit = $9
where workspace_id = $1 and id = $2 and goal_id = $3
