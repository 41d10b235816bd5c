-- Budget, people and tools of a goal.
-- $1 workspace_id  $2 goal_id
select id, goal_id, kind, name, month, planned, spent, unit from goal_resources
where workspace_id = $1 and goal_id = $2
order by kind, id
