-- Budget, people and tools of a workspace's goals.
-- $1 workspace_id
select id, goal_id, kind, name, month, planned, spent, unit from goal_resources
where workspace_id = $1
order by goal_id, kind, id
