-- Adds a site. Domain and number are unique on the whole installation.
-- $1 id  $2 workspace_id  $3 number  $4 domain  $5 name  $6 time_zone  $7 currency
-- $8 business_type  $9 retention_days  $10 now
insert into sites (
  id, workspace_id, number, domain, name, time_zone, currency, business_type, retention_days, created_at_us, updated_at_us
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
