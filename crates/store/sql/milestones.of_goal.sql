-- A goal's milestones in order of time.
-- $1 workspace_id  $2 goal_id
select id, goal_id, name, due, value, cut, met_on from milestones
where workspace_id = $1 and goal_id = $2
order by due, id
