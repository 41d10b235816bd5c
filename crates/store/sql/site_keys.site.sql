-- The site that a client's key names, with the key's secret. Whoever collects knows no workspace yet.
-- $1 protocol  $2 key
select
  s.id, s.workspace_id, s.number, s.domain, s.name, s.time_zone, s.currency, s.business_type, s.retention_days,
  s.created_at_us, k.secret
from site_keys k
join sites s on s.id = k.site_id
where k.protocol = $1 and k.key = $2
