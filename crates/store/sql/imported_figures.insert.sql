-- Keeps one figure of an import. A second one of the same place is added to it.
-- $1 import_id  $2 workspace_id  $3 site_id  $4 day  $5 dimension  $6 value  $7 metric  $8 amount  $9 last_day
insert into imported_figures (import_id, workspace_id, site_id, day, dimension, value, metric, amount, last_day)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (import_id, day, dimension, value, metric) do update set amount = imported_figures.amount + excluded.amount
