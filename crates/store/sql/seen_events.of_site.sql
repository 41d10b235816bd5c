-- The events of a site by name.
-- $1 workspace_id  $2 site_id
select name, first_at_us, props
from seen_events
where workspace_id = $1 and site_id = $2
order by name
