-- Exchange rates by day: units of `currency` for one unit of `base`. Those of `workspace_id` '' are
-- everybody's; a workspace's own come before them.
create table exchange_rates (
  workspace_id text not null,
  base text not null,
  currency text not null,
  day text not null,
  rate double precision not null,
  added_at_us bigint not null,
  primary key (workspace_id, base, currency, day)
);
create index exchange_rates_added on exchange_rates (added_at_us);
