-- The probability below which a goal's people want to be told, where it is not the workspace's; 0 for never.
create table goal_lines (
  goal_id text primary key references goals (id) on delete cascade,
  workspace_id text not null references workspaces (id) on delete cascade,
  probability double precision not null
);
create index goal_lines_of_workspace on goal_lines (workspace_id);
