-- Sets the probability line of a goal.
-- $1 workspace_id  $2 goal_id  $3 probability
insert into goal_lines (goal_id, workspace_id, probability)
select id, workspace_id, $3 from goals where workspace_id = $1 and id = $2
on conflict (goal_id) do update set probability = excluded.probability
