-- Notes the last day on which something was watched.
-- $1 workspace_id  $2 name  $3 day
insert into watch_marks (workspace_id, name, day)
values ($1, $2, $3)
on conflict (workspace_id, name) do update set day = excluded.day
