-- Keeps a number that was read on a day, in place of the one that was there.
-- $1 workspace_id  $2 series  $3 dimensions  $4 day  $5 value  $6 weight  $7 site_id  $8 source  $9 noted_by  $10 now
insert into observations (workspace_id, series, dimensions, day, value, weight, site_id, source, noted_by, at_us)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (workspace_id, series, dimensions, day) do update
set value = excluded.value, weight = excluded.weight, site_id = excluded.site_id, source = excluded.source,
  noted_by = excluded.noted_by, at_us = excluded.at_us
