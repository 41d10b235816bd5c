-- Writes a milestone.
-- $1 workspace_id  $2 id  $3 goal_id  $4 name  $5 due  $6 value  $7 cut  $8 met_on
update milestones set name = $4, due = $5, value = $6, cut = $7, met_on = $8
where workspace_id = $1 and id = $2 and goal_id = $3
