-- What is watched and told: incidents, silences, lines, inboxes, webhooks, and messages on their way.

-- How a workspace is watched; the usual where it has no row.
create table alert_settings (
  workspace_id text primary key references workspaces (id) on delete cascade,
  budget_month double precision not null,
  probability_line double precision not null,
  stalled_weeks bigint not null,
  hourly bigint not null,
  languages text not null,
  updated_at_us bigint not null
);

-- Lines that a metric should not cross.
create table alert_lines (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  site_id text not null references sites (id) on delete cascade,
  metric text not null,
  filters text not null,
  side text not null,
  amount double precision not null,
  created_by text not null,
  created_at_us bigint not null
);
create index alert_lines_of_workspace on alert_lines (workspace_id);

-- Deviations from their first day to their last. `texts` has what is said of it in every language.
create table incidents (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  key text not null,
  number bigint not null,
  cause text not null,
  subject_kind text not null,
  subject_id text not null,
  site_id text references sites (id) on delete cascade,
  bad bigint not null,
  since text not null,
  seen text not null,
  state text not null,
  acted_by text,
  state_at_us bigint,
  told_at_us bigint,
  texts text not null,
  filters text not null,
  version bigint not null,
  created_at_us bigint not null,
  unique (workspace_id, key, number)
);
create index incidents_of_subject on incidents (workspace_id, subject_kind, subject_id);

-- Beginnings of keys that are not told, until a moment or for good.
create table silences (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  prefix text not null,
  until_us bigint,
  note text not null,
  author text not null,
  created_at_us bigint not null,
  unique (workspace_id, prefix)
);

-- Which news a member gets, and whether by e-mail too; the usual where there is no row.
create table notice_choices (
  workspace_id text not null references workspaces (id) on delete cascade,
  user_id text not null references users (id) on delete cascade,
  email bigint not null,
  mine_only bigint not null,
  news text not null,
  primary key (workspace_id, user_id)
);

-- What was told to a member inside the product.
create table inbox (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  user_id text not null references users (id) on delete cascade,
  message_id text not null,
  incident_id text references incidents (id) on delete cascade,
  news text not null,
  bad bigint not null,
  texts text not null,
  link text not null,
  created_at_us bigint not null,
  read_at_us bigint,
  unique (workspace_id, user_id, message_id)
);
create index inbox_of_user on inbox (workspace_id, user_id, id);

-- Addresses of other programs. The secrets are kept as they are: a signature needs them.
create table webhooks (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  url text not null,
  description text not null,
  news text not null,
  secret text not null,
  old_secret text,
  old_secret_until_us bigint,
  enabled bigint not null,
  disabled_because text,
  created_by text not null,
  created_at_us bigint not null
);
create index webhooks_of_workspace on webhooks (workspace_id);

-- Messages that leave the product, each once for a channel and a recipient.
create table messages (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  message_id text not null,
  channel text not null,
  recipient text not null,
  news text not null,
  body text not null,
  state text not null,
  attempts bigint not null,
  next_at_us bigint not null,
  claimed_until_us bigint not null,
  created_at_us bigint not null,
  done_at_us bigint,
  unique (workspace_id, message_id, channel, recipient)
);
create index messages_due on messages (state, next_at_us);
create index messages_of_recipient on messages (workspace_id, channel, recipient);

-- What became of each try to send one.
create table deliveries (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  message text not null references messages (id) on delete cascade,
  channel text not null,
  recipient text not null,
  attempt bigint not null,
  at_us bigint not null,
  took_ms bigint not null,
  outcome text not null,
  status bigint,
  detail text not null
);
create index deliveries_of_recipient on deliveries (workspace_id, channel, recipient, id);
create index deliveries_of_message on deliveries (message);

-- The last day on which something was watched, or reminded of.
create table watch_marks (
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null,
  day text not null,
  primary key (workspace_id, name)
);
