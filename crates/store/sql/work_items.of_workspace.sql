-- Work on a workspace's goals, the earliest first.
-- $1 workspace_id
select id, goal_id, kind, name, start_date, end_date, done_on, owner_id, url, note from work_items
where workspace_id = $1
order by start_date, id
