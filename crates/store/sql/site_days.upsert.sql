-- Keeps how many events a site has on each day.
-- $1 site_id  $2 workspace_id  $3 days  $4 now
insert into site_days (site_id, workspace_id, days, at_us) values ($1, $2, $3, $4)
on conflict (site_id) do update set days = excluded.days, at_us = excluded.at_us
