-- Keeps the rate of a day.
-- $1 workspace_id  $2 base  $3 currency  $4 day  $5 rate  $6 now
insert into exchange_rates (workspace_id, base, currency, day, rate, added_at_us)
values ($1, $2, $3, $4, $5, $6)
on conflict (workspace_id, base, currency, day) do update set rate = excluded.rate, added_at_us = excluded.added_at_us
