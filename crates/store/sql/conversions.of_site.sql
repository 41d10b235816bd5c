-- A site's conversions by name.
-- $1 workspace_id  $2 site_id
select id, workspace_id, site_id, display_name, page_pattern, event_name, revenue, currency, created_at_us
from conversions
where workspace_id = $1 and site_id = $2
order by display_name, id
