-- Writes work on a goal.
-- $1 workspace_id  $2 id  $3 goal_id  $4 kind  $5 name  $6 start_date  $7 end_date  $8 done_on  $9 owner_id  $10 url
-- $11 note
update work_items
set kind = $4, name = $5, start_date = $6, end_date = $7, done_on = $8, owner_id = $9, url = $10, note = $11
where workspace_id = $1 and id = $2 and goal_id = $3
