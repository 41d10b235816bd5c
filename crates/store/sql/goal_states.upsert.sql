-- Keeps a goal's newest whole answer, unless someone wrote the goal since it was read.
-- $1 goal_id  $2 workspace_id  $3 day  $4 rules  $5 summary  $6 state  $7 now  $8 version read
insert into goal_states (goal_id, workspace_id, day, rules, summary, state, computed_at_us)
select id, workspace_id, $3, $4, $5, $6, $7 from goals where workspace_id = $2 and id = $1 and version = $8
on conflict (goal_id) do update
set day = excluded.day, rules = excluded.rules, summary = excluded.summary, state = excluded.state,
  computed_at_us = excluded.computed_at_us
