-- Goals that count in any way, what is kept of them from day to day, and everything that hangs on them.

alter table goals add column counting text not null default 'sum';
alter table goals add column threshold double precision;
alter table goals add column scale double precision not null default 1;
alter table goals add column better text not null default 'more';
-- Days of the baseline that had figures; -1: all of them.
alter table goals add column baseline_days bigint not null default -1;
-- What one of the metric is worth, in the site's currency.
alter table goals add column unit_value double precision;
alter table goals add column review_rhythm text;
update goals
set counting = case
  when kind = 'total' then 'sum'
  when metric in ('bounce_rate', 'views_per_visit', 'visit_duration', 'average_revenue') then 'ratio'
  else 'mean'
end;
update goals set better = 'less' where kind = 'level' and target_value < baseline_value;
update goals set baseline_days = 0 where baseline_value = 0;
alter table goals drop column kind;
alter table goals drop column weekday_weights;

alter table objectives add column parent_id text references objectives (id) on delete set null;
-- objective or kpi
alter table objectives add column kind text not null default 'objective';
alter table objectives add column weight double precision not null default 1;
alter table objectives add column position bigint not null default 0;
alter table objectives add column metric text;
alter table objectives add column filters text not null default '[]';
alter table objectives add column outcome_metric text;

-- The days of what goals measure. `subject` names a definition: goals that count the same share a row.
create table metric_days (
  workspace_id text not null references workspaces (id) on delete cascade,
  subject text not null,
  site_id text not null references sites (id) on delete cascade,
  from_day text not null,
  to_day text not null,
  days text not null,
  measured_at_us bigint not null,
  primary key (workspace_id, subject)
);
create index metric_days_of_site on metric_days (site_id);

-- How many events a site had on each of its days when it was looked at last: where that changed, figures did.
create table site_days (
  site_id text primary key references sites (id) on delete cascade,
  workspace_id text not null references workspaces (id) on delete cascade,
  days text not null,
  at_us bigint not null
);

-- A goal's forecast of each day, for ever. `rules` names what was asked: forecasts of another question are
-- not compared with what came.
create table goal_outlooks (
  goal_id text not null references goals (id) on delete cascade,
  workspace_id text not null references workspaces (id) on delete cascade,
  day text not null,
  rules text not null,
  status text not null,
  probability double precision,
  expected double precision,
  low double precision,
  high double precision,
  so_far double precision,
  pace double precision,
  target double precision not null,
  days_left bigint not null,
  primary key (goal_id, day)
);
create index goal_outlooks_of_workspace on goal_outlooks (workspace_id, day);

-- The newest whole answer: `summary` for lists, `state` for the goal's own page.
create table goal_states (
  goal_id text primary key references goals (id) on delete cascade,
  workspace_id text not null references workspaces (id) on delete cascade,
  day text not null,
  rules text not null,
  summary text not null,
  state text not null,
  computed_at_us bigint not null
);
create index goal_states_of_workspace on goal_states (workspace_id);

create table milestones (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  goal_id text not null references goals (id) on delete cascade,
  name text not null,
  due text not null,
  value double precision,
  cut text not null,
  met_on text,
  created_at_us bigint not null
);
create index milestones_of_goal on milestones (goal_id);
create index milestones_of_workspace on milestones (workspace_id);

create table work_items (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  goal_id text not null references goals (id) on delete cascade,
  kind text not null,
  name text not null,
  start_date text not null,
  end_date text not null,
  done_on text,
  owner_id text references users (id) on delete set null,
  url text not null,
  note text not null,
  created_at_us bigint not null
);
create index work_items_of_goal on work_items (goal_id);
create index work_items_of_workspace on work_items (workspace_id);

create table goal_resources (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  goal_id text not null references goals (id) on delete cascade,
  kind text not null,
  name text not null,
  month text,
  planned double precision not null,
  spent double precision not null,
  unit text not null,
  created_at_us bigint not null
);
create index goal_resources_of_goal on goal_resources (goal_id);

-- `snapshot` is the goal as it was on that day, for the next review to compare with.
create table goal_reviews (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  goal_id text not null references goals (id) on delete cascade,
  rhythm text not null,
  day text not null,
  changes text not null,
  learned text not null,
  decisions text not null,
  next_steps text not null,
  ratings text,
  snapshot text not null,
  noted_by text not null,
  created_at_us bigint not null
);
create index goal_reviews_of_goal on goal_reviews (goal_id, day);

create table annotations (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  site_id text not null references sites (id) on delete cascade,
  day text not null,
  note text not null,
  noted_by text not null,
  created_at_us bigint not null
);
create index annotations_of_site on annotations (site_id, day);
