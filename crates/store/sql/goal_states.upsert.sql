-- Keeps a goal's newest whole answer.
-- $1 goal_id  $2 workspace_id  $3 day  $4 rules  $5 summary  $6 state  $7 now
insert into goal_states (goal_id, workspace_id, day, rules, summary, state, computed_at_us)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (goal_id) do update
set day = excluded.day, rules = excluded.rules, summary = excluded.summary, state = excluded.state,
  computed_at_us = excluded.computed_at_us
