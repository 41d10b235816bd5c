-- Every site. For what the server does for all of them: collecting, retention, the command line.
select id, workspace_id, number, domain, name, time_zone, currency, business_type, retention_days, created_at_us
from sites
order by number
