-- Keys that tags already carry, which visitor is which person, answers to requests that may be repeated.

-- `added_at_us` is null for the key that each site is born with. `history`: whether a server that holds
-- the key may tell of times long past.
alter table site_keys add column added_at_us bigint;
alter table site_keys add column history bigint not null default 1;

-- That two names of a visitor mean one. Rows are added and never taken back while the site lives.
create table identity_links (
  site_id text not null references sites (id) on delete cascade,
  from_id bigint not null,
  to_id bigint not null,
  kind text not null,
  first_at_us bigint not null,
  last_at_us bigint not null,
  primary key (site_id, from_id, to_id, kind)
);
create index identity_links_to on identity_links (site_id, to_id, last_at_us);

-- What a request that made something was answered, so that its repetition makes nothing new.
-- `status` is null while the first is still at work.
create table idempotency_keys (
  scope text not null,
  key text not null,
  request_hash text not null,
  status bigint,
  body text,
  at_us bigint not null,
  primary key (scope, key)
);
create index idempotency_keys_at on idempotency_keys (at_us);
