-- Users, workspaces, sites and what hangs on them.
-- Times are microseconds UTC (_us), dates YYYY-MM-DD, flags 0 or 1, ids and JSON text:
-- the same schema on SQLite and PostgreSQL.

create table counters (
  name text primary key,
  value bigint not null
);

create table users (
  id text primary key,
  email text not null unique,
  name text not null,
  locale text not null,
  password_hash text not null,
  created_at_us bigint not null,
  updated_at_us bigint not null
);

create table sessions (
  id text primary key,
  user_id text not null references users (id) on delete cascade,
  token_hash text not null unique,
  user_agent text not null,
  created_at_us bigint not null,
  last_seen_at_us bigint not null,
  expires_at_us bigint not null
);
create index sessions_of_user on sessions (user_id);
create index sessions_by_expiry on sessions (expires_at_us);

create table sign_in_attempts (
  id text primary key,
  subject_hash text not null,
  at_us bigint not null
);
create index sign_in_attempts_of_subject on sign_in_attempts (subject_hash, at_us);
create index sign_in_attempts_by_time on sign_in_attempts (at_us);

create table workspaces (
  id text primary key,
  name text not null,
  sample bigint not null,
  created_at_us bigint not null
);

create table members (
  workspace_id text not null references workspaces (id) on delete cascade,
  user_id text not null references users (id) on delete cascade,
  role text not null,
  created_at_us bigint not null,
  primary key (workspace_id, user_id)
);
create index members_of_user on members (user_id);

create table sites (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  number bigint not null unique,
  domain text not null unique,
  name text not null,
  time_zone text not null,
  currency text not null,
  business_type text not null,
  retention_days bigint,
  created_at_us bigint not null,
  updated_at_us bigint not null
);
create index sites_of_workspace on sites (workspace_id);

create table site_keys (
  protocol text not null,
  key text not null,
  site_id text not null references sites (id) on delete cascade,
  secret text,
  primary key (protocol, key)
);
create index site_keys_of_site on site_keys (site_id);

create table tokens (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null,
  scopes text not null,
  prefix text not null,
  token_hash text not null unique,
  created_at_us bigint not null,
  last_used_at_us bigint
);
create index tokens_of_workspace on tokens (workspace_id);

create table conversions (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  site_id text not null references sites (id) on delete cascade,
  display_name text not null,
  page_pattern text,
  event_name text,
  revenue bigint not null,
  currency text,
  created_at_us bigint not null,
  unique (site_id, display_name)
);

create table objectives (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null,
  description text not null,
  owner_id text references users (id) on delete set null,
  created_at_us bigint not null,
  updated_at_us bigint not null
);
create index objectives_of_workspace on objectives (workspace_id);

create table goals (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  site_id text not null references sites (id) on delete cascade,
  objective_id text references objectives (id) on delete set null,
  owner_id text references users (id) on delete set null,
  name text not null,
  metric text not null,
  filters text not null,
  kind text not null,
  baseline_value double precision not null,
  baseline_from text not null,
  baseline_to text not null,
  target_kind text not null,
  target_input double precision not null,
  target_value double precision not null,
  start_date text not null,
  deadline text not null,
  weekday_weights text not null,
  words text not null,
  currency text,
  version bigint not null,
  created_at_us bigint not null,
  updated_at_us bigint not null
);
create index goals_of_workspace on goals (workspace_id);
create index goals_of_site on goals (site_id);

create table audit (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  at_us bigint not null,
  actor_id text,
  actor text not null,
  action text not null,
  target text not null,
  detail text not null
);
create index audit_of_workspace on audit (workspace_id, id);

create table visitor_salts (
  day text primary key,
  salt text not null
);
