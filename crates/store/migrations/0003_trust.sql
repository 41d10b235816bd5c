-- How sites count, what they held back and refused, what their events look like, figures of other tools.

-- Every version of a site's rules; the one with the greatest number holds.
create table counting_rules (
  site_id text not null references sites (id) on delete cascade,
  workspace_id text not null references workspaces (id) on delete cascade,
  version bigint not null,
  valid_from_us bigint not null,
  author text not null,
  note text not null,
  rules text not null,
  primary key (site_id, version)
);
create index counting_rules_of_workspace on counting_rules (workspace_id);

-- Reasons that do not hold events back between two moments, the first included.
create table filter_lifts (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  site_id text not null references sites (id) on delete cascade,
  reason text not null,
  from_us bigint not null,
  to_us bigint not null,
  author text not null,
  created_at_us bigint not null
);
create index filter_lifts_of_site on filter_lifts (site_id, from_us);

-- User agents of what was held back, a few for each day and reason.
create table filtered_agents (
  site_id text not null references sites (id) on delete cascade,
  workspace_id text not null references workspaces (id) on delete cascade,
  day text not null,
  reason text not null,
  user_agent text not null,
  events bigint not null,
  primary key (site_id, day, reason, user_agent)
);

-- Messages that were refused, as they came. `site_id` and `workspace_id` are null for a key that no site has.
create table quarantine (
  id text primary key,
  workspace_id text references workspaces (id) on delete cascade,
  site_id text references sites (id) on delete cascade,
  protocol text not null,
  site_key text not null,
  at_us bigint not null,
  method text not null,
  path text not null,
  query text not null,
  headers text not null,
  body text not null,
  name text,
  refusals text not null,
  visitor_id bigint,
  bytes bigint not null
);
create index quarantine_of_site on quarantine (site_id, id);
create index quarantine_of_key on quarantine (protocol, site_key, id);
create index quarantine_at on quarantine (at_us);

-- Names of events and the kinds of their properties, as a site had them so far.
create table seen_events (
  site_id text not null references sites (id) on delete cascade,
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null,
  first_at_us bigint not null,
  props text not null,
  primary key (site_id, name)
);

-- Figures that other tools had counted: kept apart from events, never added to exact counts unasked.
create table imports (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  site_id text not null references sites (id) on delete cascade,
  source text not null,
  file text not null,
  from_date text not null,
  to_date text not null,
  figures bigint not null,
  created_at_us bigint not null
);
create index imports_of_site on imports (site_id);

create table imported_figures (
  import_id text not null references imports (id) on delete cascade,
  workspace_id text not null references workspaces (id) on delete cascade,
  site_id text not null references sites (id) on delete cascade,
  day text not null,
  dimension text not null,
  value text not null,
  metric text not null,
  amount double precision not null,
  primary key (import_id, day, dimension, value, metric)
);
create index imported_figures_of_site on imported_figures (site_id, dimension, metric, day);
