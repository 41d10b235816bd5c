-- The imports of a site, the latest first.
-- $1 workspace_id  $2 site_id
select id, source, file, from_date, to_date, figures, created_at_us, of_periods
from imports
where workspace_id = $1 and site_id = $2
order by id desc
