-- Keeps the days of a subject, in place of those before, unless they were cut since they were read.
-- $1 workspace_id  $2 subject  $3 site_id  $4 from_day  $5 to_day  $6 days  $7 now  $8 to_day read, or empty
insert into metric_days (workspace_id, subject, site_id, from_day, to_day, days, measured_at_us)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (workspace_id, subject) do update
set from_day = excluded.from_day, to_day = excluded.to_day, days = excluded.days,
  measured_at_us = excluded.measured_at_us
where metric_days.to_day >= $8
