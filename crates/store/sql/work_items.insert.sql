-- Adds work on a goal.
-- $1 workspace_id  $2 id  $3 goal_id  $4 kind  $5 name  $6 start_date  $7 end_date  $8 done_on  $9 owner_id  $10 url
-- $11 note  $12 now
insert into work_items (
  workspace_id, id, goal_id, kind, name, start_date, end_date, done_on, owner_id, url, note, created_at_us
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
