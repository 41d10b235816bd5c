-- Boards of figures, who else may see them, and what each role sees first.

-- `tiles` is a JSON array in the order of the screen; `version` grows with each write.
create table boards (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null,
  description text not null,
  period text not null,
  compare text not null,
  tiles text not null,
  version bigint not null,
  created_at_us bigint not null,
  updated_at_us bigint not null
);
create index boards_of_workspace on boards (workspace_id);

-- Links that show a board to whoever has them. Of the link's token only the hash is kept.
-- `origins` is a JSON array of the pages that may frame it.
create table board_shares (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  board_id text not null references boards (id) on delete cascade,
  name text not null,
  token_hash text not null unique,
  password_hash text,
  origins text not null,
  expires_at_us bigint,
  created_by text not null,
  created_at_us bigint not null,
  last_used_at_us bigint
);
create index board_shares_of_board on board_shares (board_id);

-- The board that a role sees first; without a row, the goals.
create table role_homes (
  workspace_id text not null references workspaces (id) on delete cascade,
  role text not null,
  board_id text not null references boards (id) on delete cascade,
  primary key (workspace_id, role)
);
create index role_homes_of_board on role_homes (board_id);
