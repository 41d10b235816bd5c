-- Writes what may change about a site.
-- $1 workspace_id  $2 id  $3 domain  $4 name  $5 time_zone  $6 currency  $7 business_type
-- $8 retention_days  $9 now
update sites
set domain = $3, name = $4, time_zone = $5, currency = $6, business_type = $7, retention_days = $8, updated_at_us = $9
where workspace_id = $1 and id = $2
