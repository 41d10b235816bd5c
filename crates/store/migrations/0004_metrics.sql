-- The dictionary of metrics, and what was observed from day to day.

create table metrics (
  workspace_id text not null references workspaces (id) on delete cascade,
  key text not null,
  name text not null,
  description text not null,
  owner_id text references users (id) on delete set null,
  better text not null,
  unit text not null,
  currency text,
  created_at_us bigint not null,
  updated_at_us bigint not null,
  primary key (workspace_id, key)
);

-- Every version of a metric; each holds from its day to the day before the next one.
create table metric_versions (
  workspace_id text not null,
  key text not null,
  number bigint not null,
  valid_from text not null,
  formula text not null,
  note text not null,
  author text not null,
  created_at_us bigint not null,
  primary key (workspace_id, key, number),
  foreign key (workspace_id, key) references metrics (workspace_id, key) on delete cascade
);

-- A number that was read on a day: followers, a position, costs. No persons. `dimensions` is a JSON object of
-- texts with its names sorted; `weight` is how many readings the value is the mean of.
create table observations (
  workspace_id text not null references workspaces (id) on delete cascade,
  series text not null,
  dimensions text not null,
  day text not null,
  value double precision not null,
  weight double precision not null,
  site_id text references sites (id) on delete cascade,
  source text not null,
  noted_by text not null,
  at_us bigint not null,
  primary key (workspace_id, series, dimensions, day)
);
create index observations_of_day on observations (workspace_id, series, day);
create index observations_of_site on observations (site_id);
