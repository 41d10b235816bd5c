-- Work on a goal, the earliest first.
-- $1 workspace_id  $2 goal_id
select id, goal_id, kind, name, start_date, end_date, done_on, owner_id, url, note from work_items
where workspace_id = $1 and goal_id = $2
order by start_date, id
